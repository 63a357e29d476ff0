"""Opinions and their combination: hand-worked numbers, and what must hold for any of them."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.evidential import EvidentialFusion, Opinion, fuse_opinions


def opinion(belief: list[float], uncertainty: float) -> Opinion:
    return Opinion(torch.tensor([belief], dtype=torch.float64), torch.tensor([uncertainty], dtype=torch.float64))


def some(seed: int, n: int = 5, k: int = 3) -> Opinion:
    return Opinion.of_evidence(10 * torch.rand(n, k, generator=torch.Generator().manual_seed(seed)).double())


def close(a: Opinion, b: Opinion) -> None:
    torch.testing.assert_close(a.belief, b.belief)
    torch.testing.assert_close(a.uncertainty, b.uncertainty)


def test_evidence_becomes_belief():
    # e = (4, 1), so alpha = (5, 2), S = 7: belief 4/7 and 1/7, uncertainty 2/7.
    found = Opinion.of_evidence(torch.tensor([[4.0, 1.0]]))
    torch.testing.assert_close(found.belief, torch.tensor([[4 / 7, 1 / 7]]))
    torch.testing.assert_close(found.uncertainty, torch.tensor([2 / 7]))
    torch.testing.assert_close(found.alpha, torch.tensor([[5.0, 2.0]]))
    torch.testing.assert_close(found.probabilities, torch.tensor([[5 / 7, 2 / 7]]))


def test_two_modalities_by_hand():
    # b1 = (.6, .1), u1 = .3; b2 = (.5, .3), u2 = .2.  C = .6 * .3 + .1 * .5 = .23, 1 - C = .77.
    # b = (.30 + .12 + .15, .03 + .02 + .09) / .77, u = .06 / .77.
    found = opinion([0.6, 0.1], 0.3).combined(opinion([0.5, 0.3], 0.2))
    torch.testing.assert_close(found.belief, torch.tensor([[0.57, 0.14]], dtype=torch.float64) / 0.77)
    torch.testing.assert_close(found.uncertainty, torch.tensor([0.06 / 0.77], dtype=torch.float64))


def test_the_order_of_modalities_does_not_matter():
    a, b, c = some(0), some(1), some(2)
    close(a.combined(b), b.combined(a))
    close(a.combined(b).combined(c), a.combined(b.combined(c)))
    close(fuse_opinions({"x": a, "y": b, "z": c}), fuse_opinions({"z": c, "x": a, "y": b}))


def test_ignorance_changes_nothing_and_agreement_makes_sure():
    a = some(0)
    close(a.combined(a.where(torch.zeros(5, dtype=torch.bool))), a)
    assert bool((a.combined(a).uncertainty < a.uncertainty).all())


def test_a_combination_is_an_opinion():
    found = fuse_opinions({str(seed): some(seed) for seed in range(6)})
    torch.testing.assert_close(found.belief.sum(dim=-1) + found.uncertainty, torch.ones(5, dtype=torch.float64))
    torch.testing.assert_close(found.probabilities, found.alpha / found.alpha.sum(dim=-1, keepdim=True))


def test_missing_modalities_are_ignorant_whatever_lies_in_their_place():
    fusion = EvidentialFusion({"t1": 4, "t2": 3}, classes=2)
    features = {"t1": torch.randn(2, 4), "t2": torch.full((2, 3), torch.nan)}
    present = {"t1": torch.tensor([True, False]), "t2": torch.tensor([False, False])}
    opinions = fusion(features, present)
    torch.testing.assert_close(opinions["t2"].uncertainty, torch.ones(2))
    assert opinions["t1"].uncertainty[0] < 1
    close(fuse_opinions(opinions), opinions["t1"])
    fuse_opinions(opinions).belief.sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in fusion.parameters() if p.grad is not None)


def test_one_class_is_refused():
    with pytest.raises(ModelError, match="needs a modality and two classes"):
        EvidentialFusion({"t1": 4}, classes=1)
