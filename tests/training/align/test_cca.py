"""Regularised CCA: against hand-worked covariances, with missing branches, and as the start of an alignment."""

import pytest
import torch

from lexiscope.core.errors import TrainingError
from lexiscope.training.align.cca import WeightedPairs, regularised_cca


def paired(n: int) -> WeightedPairs:
    return WeightedPairs(torch.arange(n), torch.arange(n), torch.ones(n))


def noisy_pair(n: int, *, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Two views of the same three hidden numbers, with noise beside them."""
    chance = torch.Generator().manual_seed(seed)
    hidden = torch.randn(n, 3, generator=chance)
    mixes = torch.randn(2, 3, 12, generator=chance)
    noise = torch.randn(2, n, 12, generator=chance)
    return hidden @ mixes[0] + noise[0], hidden @ mixes[1] + noise[1]


def test_one_direction_by_hand():
    x = torch.tensor([[1.0], [-1.0], [2.0], [-2.0]])
    maps, words = regularised_cca({"image": x}, 3 * x, paired(4), width=1, image_ridge=0.0, text_ridge=0.0)
    a = x @ maps["image"].weight.T + maps["image"].bias
    b = 3 * x @ words.weight.T + words.bias
    assert torch.allclose(a, b, atol=1e-5)  # perfectly correlated: both are whitened to the same numbers
    assert a.square().mean().item() == pytest.approx(1, abs=1e-5)


def test_the_first_correlation_is_that_of_the_definition():
    x, t = noisy_pair(4000)
    maps, words = regularised_cca({"image": x}, t, paired(4000), width=3, image_ridge=0.0, text_ridge=0.0)
    a = x @ maps["image"].weight.T + maps["image"].bias
    b = t @ words.weight.T + words.bias
    found = [torch.corrcoef(torch.stack([a[:, k], b[:, k]]))[0, 1].item() for k in range(3)]
    xs, ts = (v.double() - v.double().mean(0) for v in (x, t))
    whiten = [torch.linalg.inv(torch.linalg.cholesky(v.T @ v)) for v in (xs, ts)]
    exact = torch.linalg.svdvals(whiten[0] @ xs.T @ ts @ whiten[1].T)[:3].tolist()
    assert found == pytest.approx(exact, abs=1e-4)


def test_it_generalises_to_pairs_it_has_not_seen():
    x, t = noisy_pair(600)
    maps, words = regularised_cca({"image": x[:300]}, t[:300], paired(300), width=3)
    a = torch.nn.functional.normalize(x[300:] @ maps["image"].weight.T + maps["image"].bias, dim=-1)
    b = torch.nn.functional.normalize(t[300:] @ words.weight.T + words.bias, dim=-1)
    own = (b @ a.T).argsort(dim=1, descending=True)[:, :10] == torch.arange(300)[:, None]
    assert own.any(dim=1).float().mean() > 0.3  # chance is 10 of 300, and half of every feature is noise


def test_branches_add_up_and_a_missing_one_says_nothing():
    x, t = noisy_pair(500)
    first, second = x[:, :6].clone(), x[:, 6:].clone()
    second[::3] = 0  # missing
    maps, _ = regularised_cca({"a": first, "b": second}, t, paired(500), width=3)
    whole, _ = regularised_cca({"both": torch.cat([first, second], dim=1)}, t, paired(500), width=3)
    apart = first @ maps["a"].weight.T + second @ maps["b"].weight.T + maps["a"].bias + maps["b"].bias
    together = torch.cat([first, second], dim=1) @ whole["both"].weight.T + whole["both"].bias
    assert torch.allclose(apart, together, atol=1e-4)


def test_more_features_than_cases_is_no_trouble():
    x, t = noisy_pair(40)
    wide = torch.cat([x, torch.randn(40, 500)], dim=1)
    maps, words = regularised_cca({"image": wide}, t, paired(40), width=64)
    assert maps["image"].weight.shape == (64, 512)
    assert torch.isfinite(maps["image"].weight).all()
    assert torch.isfinite(words.weight).all()
    assert maps["image"].weight[20:].abs().max() == 0  # there are only twelve directions to find


def test_two_pairs_are_too_few():
    with pytest.raises(TrainingError, match="needs 3 pairs of image and text, got 2; add cases"):
        regularised_cca({"image": torch.eye(2)}, torch.eye(2), paired(2), width=1)
