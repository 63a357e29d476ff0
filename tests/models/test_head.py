import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.head import HEADS, Head, unit_members


@pytest.mark.parametrize("kind", HEADS)
def test_every_kind_gives_the_members_side_by_side(kind: str) -> None:
    assert Head(6, 4, kind=kind, members=3)(torch.randn(2, 6)).shape == (2, 12)


def test_standardise_centres_and_scales_and_spares_constant_features() -> None:
    head = Head(2, 2)
    head.standardise(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
    head.set_linear(torch.eye(2), torch.zeros(2))
    assert head(torch.tensor([[3.0, 6.0]])).tolist() == [[1.0, 1.0]]


def test_cosine_of_members_is_the_mean_of_their_cosines() -> None:
    a, b = torch.randn(1, 8), torch.randn(1, 8)
    parts = torch.cosine_similarity(a.view(2, 4), b.view(2, 4), dim=-1).mean()
    whole = (unit_members(a, 2) * unit_members(b, 2)).sum()
    torch.testing.assert_close(whole, parts)
    torch.testing.assert_close(unit_members(a, 2).norm(), torch.tensor(1.0))


def test_errors() -> None:
    with pytest.raises(ModelError, match="head must be one of linear, mlp, residual, got 'deep'"):
        Head(2, 2, kind="deep")
    with pytest.raises(ModelError, match=r"one linear map with weight \(3, 2\)"):
        Head(2, 2).set_linear(torch.zeros(3, 2), torch.zeros(3))
    with pytest.raises(ModelError, match="kind='linear', members=1"):
        Head(2, 2, members=2).set_linear(torch.zeros(2, 2), torch.zeros(2))
