"""Modality dropout: at least one stays, none is invented, and none is favoured."""

import numpy as np
import pytest
import torch

from lexiscope.training.loop.modality_dropout import drop_modalities

PRESENT = {"a": torch.tensor([True, False] * 200), "b": torch.tensor([True] * 400)}


def test_at_least_one_stays_and_none_is_invented() -> None:
    kept = drop_modalities(PRESENT, share=0.6, rng=np.random.default_rng(0))
    assert (kept["a"] | kept["b"]).all()
    assert not (kept["a"] & ~PRESENT["a"]).any()
    assert kept["b"][1::2].all()  # the only one of a case stays


def test_each_goes_on_its_own_and_none_is_favoured() -> None:
    kept = drop_modalities(PRESENT, share=0.6, rng=np.random.default_rng(0))
    both = (kept["a"] & kept["b"])[::2].float().mean().item()
    assert both == pytest.approx(0.16, abs=0.06)
    rates = kept["a"][::2].float().mean().item(), kept["b"][::2].float().mean().item()
    assert rates[0] == pytest.approx(rates[1], abs=0.12)


def test_the_order_of_the_modalities_changes_nothing() -> None:
    one = drop_modalities(PRESENT, share=0.5, rng=np.random.default_rng(3))
    other = drop_modalities(dict(reversed(PRESENT.items())), share=0.5, rng=np.random.default_rng(3))
    assert all(torch.equal(one[name], other[name]) for name in PRESENT)


def test_nothing_is_left_out_at_share_0() -> None:
    kept = drop_modalities(PRESENT, share=0.0, rng=np.random.default_rng(0))
    assert all(torch.equal(kept[name], PRESENT[name]) for name in PRESENT)
