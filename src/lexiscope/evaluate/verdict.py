"""Differences between a model and a baseline in words."""

from collections.abc import Mapping

from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate

FEWEST_GROUPS = 4  # intervals resampled from fewer groups mean nothing
Pair = tuple[Mapping[str, Estimate], Mapping[str, Estimate]]


def verdict(
    differences: Mapping[str, Estimate], *, than: str, what: str = "The model", scores: Pair | None = None
) -> str:
    """Say of each score whether the model is better beyond what other papers or patients would have given.

    Args:
        differences: Score -> difference with its interval, on the same questions.
        than: Name of the baseline.
        what: Name of what is compared with it.
        scores: Scores of the model and of the baseline; whether their intervals overlap, the harder test, is then said.

    Example:
        >>> verdict({"open_f1": Estimate(0.2, 0.1, 0.3, 0.0, n=40, groups=8)}, than="the question alone")
        'The model against the question alone: open f1: better by 0.200 (0.100 to 0.300)'
    """
    said = []
    for name, difference in differences.items():
        words = difference_in_words(difference)
        if scores is not None and words.startswith(("better", "worse")):
            words += ", intervals apart" if apart(scores[0][name], scores[1][name]) else ", intervals overlap"
        said.append(f"{name.replace('_', ' ')}: {words}")
    return f"{what} against {than}: {'; '.join(said)}"


def difference_in_words(difference: Estimate) -> str:
    """Say whether a difference holds: "better" or "worse" needs at least four groups and an interval without 0.

    Example:
        >>> difference_in_words(Estimate(0.2, 0.1, 0.3, 0.0, n=9, groups=3))
        '+0.200, from 3 groups, too few to say more'
    """
    value, low, high = difference.value, difference.low, difference.high
    if value is None:
        return "not asked"
    if low is None or high is None or (difference.groups or 0) < FEWEST_GROUPS:
        groups = difference.groups or 0
        return f"{signed(value)}, from {groups} group{'s' * (groups != 1)}, too few to say more"
    if low <= 0 <= high:
        return f"{signed(value)} ({signed(low)} to {signed(high)}), no clear difference"
    ends = sorted((abs(low), abs(high)))
    return f"{'better' if value > 0 else 'worse'} by {number(abs(value))} ({number(ends[0])} to {number(ends[1])})"


def apart(one: Estimate, other: Estimate) -> bool | None:
    """Tell whether two intervals do not overlap; None where one of them is missing.

    Example:
        >>> apart(Estimate(2.5, 2.0, 3.0, 0.0), Estimate(0.5, 0.0, 1.0, 0.0))
        True
    """
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    return one.low > other.high or other.low > one.high


def signed(value: float) -> str:
    """Format a difference with its sign.

    Example:
        >>> signed(-0.5)
        '-0.500'
    """
    return f"{'-' if value < 0 else '+'}{number(abs(value))}"
