"""What an interval supports, and how it is written in a sentence."""

from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate


def above_chance(estimate: Estimate) -> bool:
    """True where the whole interval lies above the chance level, zero where none is known.

    Example:
        >>> above_chance(Estimate(0.2, 0.1, 0.3, chance=0.0)), above_chance(Estimate(0.2, None, None, chance=0.0))
        (True, False)
    """
    return estimate.low is not None and estimate.low > (estimate.chance or 0.0)


def below_chance(estimate: Estimate) -> bool:
    """True where the whole interval lies below the chance level, zero where none is known."""
    return estimate.high is not None and estimate.high < (estimate.chance or 0.0)


def worded(estimate: Estimate) -> str:
    """The number and its interval for the middle of a sentence.

    Example:
        >>> worded(Estimate(0.2, 0.1, 0.3, chance=0.0))
        '0.200 (0.100 to 0.300)'
    """
    if estimate.value is None:
        return "not measured"
    interval = "" if estimate.low is None or estimate.high is None else f" ({_ends(estimate.low, estimate.high)})"
    return f"{number(estimate.value)}{interval}"


def _ends(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"
