"""Scores of answers, by hand."""

import numpy as np
import pytest

from lexiscope.evaluate.metrics.answers import area_under_risk_coverage, exact_match, selective_risk, token_f1


@pytest.mark.parametrize(
    ("answer", "truth", "f1"),
    [
        ("left lobe", "the left upper lobe", 2 * 1.0 * 0.5 / 1.5),
        ("the the cat", "the cat", 2 * (2 / 3) * 1.0 / (5 / 3)),  # a word counts as often as both have it
        ("a", "b", 0.0),
        ("Yes.", "yes", 1.0),
        ("", "yes", 0.0),
        ("", "", 1.0),
        ("+", "-", 0.0),  # signs are answers too
        ("+", "", 0.0),
        ("腫瘍", "腫瘍", 1.0),
    ],
)
def test_token_f1(answer: str, truth: str, f1: float) -> None:
    assert token_f1(answer, truth) == pytest.approx(f1)
    assert exact_match(answer, truth) == float(f1 == 1.0)


def test_area_under_risk_coverage() -> None:
    right = np.array([1.0, 0.0, 1.0, 0.0])
    # kept in order 1, 1, 0, 0 -> errors 0, 0, 1/3, 1/2
    assert area_under_risk_coverage(np.array([0.9, 0.2, 0.8, 0.1]), right) == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    # the surest are the wrong ones -> 1, 1, 2/3, 1/2
    assert area_under_risk_coverage(np.array([0.1, 0.9, 0.2, 0.8]), right) == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4)
    # equal scores tell nothing: the overall error, in whatever order they come
    assert area_under_risk_coverage(np.zeros(4), right) == pytest.approx(0.5)
    # 0.9: right, wrong (1/2 each), then 0.1: right, wrong (1/2 each)
    tied = area_under_risk_coverage(np.array([0.9, 0.9, 0.1, 0.1]), right)
    assert tied == pytest.approx(0.5)


def test_selective_risk() -> None:
    right = np.array([1.0, 0.0, 0.5])
    assert selective_risk(np.array([True, True, False]), right) == pytest.approx(0.5)
    assert selective_risk(np.zeros(3, dtype=bool), right) == 0.0
