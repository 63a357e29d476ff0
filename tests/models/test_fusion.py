"""Fusions by hand: stacked channels, learned fillings, and tokens of missing modalities that nobody attends to."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.fusion import EarlyStack, HybridMixer

_YES = torch.tensor([True, True])


def test_channels_are_stacked_in_order() -> None:
    stack = EarlyStack({"t1": 1, "t2": 2}, channels=3, spatial_dims=2)
    images = {"t2": torch.full((2, 2, 4, 4), 2.0), "t1": torch.ones(2, 1, 4, 4)}
    assert stack(images, {"t1": _YES, "t2": _YES})[0, :, 0, 0].tolist() == [1, 2, 2]
    assert stack.mix is None


def test_mixing_begins_as_the_plain_mean() -> None:
    stack = EarlyStack({"t1": 1, "t2": 1}, channels=3, spatial_dims=2)
    images = {"t1": torch.ones(2, 1, 4, 4), "t2": torch.full((2, 1, 4, 4), 2.0)}
    mixed = stack(images, {"t1": _YES, "t2": _YES})
    assert mixed.shape == (2, 3, 4, 4)
    torch.testing.assert_close(mixed, torch.full_like(mixed, 1.5))


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 1, 4, 4)])
def test_a_missing_modality_is_its_own_value_also_in_slices(shape: tuple[int, ...]) -> None:
    stack = EarlyStack({"t1": 1, "t2": 1}, channels=2, spatial_dims=2)
    stack.fill[1].data[:] = 7.0
    images = {"t1": torch.zeros(2, *shape), "t2": torch.full((2, *shape), torch.nan)}
    filled = stack(images, {"t1": _YES, "t2": torch.tensor([False, False])})
    assert set(filled.unique().tolist()) == {0.0, 7.0}
    absent = stack({"t1": images["t1"]}, {"t1": _YES})
    assert torch.equal(filled, absent)


def test_views_of_different_shape_cannot_be_stacked() -> None:
    stack = EarlyStack({"t1": 1, "t2": 1}, channels=2, spatial_dims=2)
    with pytest.raises(ModelError, match=r"needs views of one shape, got .*give all modalities the same view"):
        stack({"t1": torch.zeros(1, 1, 4, 4), "t2": torch.zeros(1, 1, 5, 4)}, {"t1": _YES[:1], "t2": _YES[:1]})


@torch.no_grad()
def test_a_mixer_ignores_missing_modalities_and_knows_which_is_which() -> None:
    torch.manual_seed(0)
    mixer = HybridMixer({"t1": 5, "t2": 5}, width=12, depth=2, heads=3).eval()
    tokens = {name: torch.randn(2, 3, 5) for name in ("t1", "t2")}
    half = {"t1": _YES, "t2": torch.tensor([True, False])}
    levels, mask = mixer(tokens, half)
    assert [level.shape for level in levels] == [(2, 7, 12)] * 4  # the summary and two times three places
    assert mask.tolist() == [[True] * 7, [True] * 4 + [False] * 3]
    spoiled = {**tokens, "t2": torch.where(half["t2"][:, None, None], tokens["t2"], 1e4)}
    torch.testing.assert_close(mixer(spoiled, half)[0][-1][1, :4], levels[-1][1, :4])
    swapped, _ = mixer({"t1": tokens["t2"], "t2": tokens["t1"]}, {"t1": _YES, "t2": _YES})
    assert not torch.allclose(swapped[-1][0, 0], mixer(tokens, {"t1": _YES, "t2": _YES})[0][-1][0, 0], atol=1e-4)
