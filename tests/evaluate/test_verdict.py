"""Differences in words: what is better, what is not clear, and what too few groups cannot say."""

import pytest

from lexiscope.evaluate.statistics import Estimate
from lexiscope.evaluate.verdict import apart, difference_in_words, verdict


def _difference(value: float, low: float | None, high: float | None, groups: int = 4) -> Estimate:
    return Estimate(value, low, high, 0.0, n=20, groups=groups)


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (_difference(0.2, 0.1, 0.3), "better by 0.200 (0.100 to 0.300)"),
        (_difference(-0.2, -0.3, -0.1), "worse by 0.200 (0.100 to 0.300)"),
        (_difference(0.1, -0.1, 0.3), "+0.100 (-0.100 to +0.300), no clear difference"),
        (_difference(0.1, 0.0, 0.3), "+0.100 (+0.000 to +0.300), no clear difference"),
        (_difference(75.0, 70.0, 80.0, groups=3), "+75.0, from 3 groups, too few to say more"),
        (_difference(0.1, None, None, groups=1), "+0.100, from 1 group, too few to say more"),
        (Estimate.nothing(), "not asked"),
    ],
)
def test_better_needs_four_groups_and_an_interval_without_zero(difference: Estimate, words: str) -> None:
    assert difference_in_words(difference) == words


def test_a_verdict_names_both_and_says_whether_intervals_overlap() -> None:
    scores = {"open_f1": Estimate(0.5, 0.4, 0.6, 0.0)}, {"open_f1": Estimate(0.3, 0.2, 0.5, 0.0)}
    words = verdict({"open_f1": _difference(0.2, 0.1, 0.3)}, what="Retrieval on", than="retrieval off", scores=scores)
    better = "better by 0.200 (0.100 to 0.300), intervals overlap"
    assert words == f"Retrieval on against retrieval off: open f1: {better}"


def test_intervals_that_touch_are_not_apart() -> None:
    def between(low: float | None, high: float | None) -> Estimate:
        return Estimate(1.0, low, high, 0.0)

    assert apart(between(2, 3), between(0, 1)) is True
    assert apart(between(0, 1), between(2, 3)) is True
    assert apart(between(1, 3), between(0, 1)) is False
    assert apart(between(None, None), between(0, 1)) is None
