"""Thresholds lie within a bin above the exact quantile, never below it, however the values come."""

import numpy as np
import pytest

from lexiscope.interpret.semantics.thresholds import UnitThresholds


def found(values: np.ndarray, *, share: float, bins: int = 4096, parts: int = 7) -> np.ndarray:
    thresholds = UnitThresholds(share, bins=bins)
    for part in np.array_split(values, parts):
        thresholds.widen(part)
    for part in np.array_split(values, parts):
        thresholds.count(part)
    return thresholds.values()


@pytest.mark.parametrize("drawn", ["normal", "exponential", "uniform"])
def test_the_threshold_is_within_a_bin_of_the_quantile(drawn: str) -> None:
    values = getattr(np.random.default_rng(0), drawn)(size=(20_000, 3))
    share, bins = 0.005, 512
    exact = np.quantile(values, 1 - share, axis=0, method="inverted_cdf")
    limits = found(values, share=share, bins=bins)
    width = np.ptp(values, axis=0) / bins
    assert ((limits >= exact) & (limits <= exact + 1.001 * width)).all()
    assert ((values >= limits).mean(axis=0) <= share).all()


def test_parts_and_their_order_change_nothing() -> None:
    values = np.random.default_rng(1).normal(size=(1000, 2))
    assert found(values, share=0.05, parts=1).tolist() == found(values[::-1], share=0.05, parts=13).tolist()


def test_what_never_changes_and_what_is_often_at_its_highest_responds_nowhere() -> None:
    values = np.stack([np.ones(100), np.arange(100) % 2], axis=1).astype(float)
    assert found(values, share=0.005).tolist() == [np.inf, np.inf]


def test_zeros_of_a_rectifier_are_below_the_threshold() -> None:
    values = np.maximum(0, np.random.default_rng(2).normal(-4, 1, size=(50_000, 1)))
    limits = found(values, share=0.005)
    assert limits[0] > 0
    assert 0 < (values >= limits).sum() <= 0.005 * len(values)
