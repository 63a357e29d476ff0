"""A model against a baseline in words, score by score."""

from collections.abc import Mapping
from typing import Any

from lexiscope.evaluate.assistant.measure import SCORES, apart

_FEW = 4  # groups; intervals resampled from fewer mean nothing


def verdict(
    difference: Mapping[str, Mapping[str, Any]], model: Mapping[str, Any], baseline: Mapping[str, Any], *, than: str
) -> str:
    """Whether the model is better beyond what other papers or patients would have given.

    "Better" or "worse" needs an interval of the difference, on the same questions, that excludes 0. Whether the two
    intervals themselves overlap, the harder test, is said beside it.

    Args:
        difference: Score -> the difference with its interval.
        model: Score -> the model's own.
        baseline: Score -> the baseline's.
    """
    said = [_score(name, difference[name], model[name], baseline[name]) for name in SCORES]
    said.append(_sensitivity(model["context_sensitivity"], baseline["context_sensitivity"]))
    return f"The model against {than}: {'; '.join(said)}"


def _score(name: str, found: Mapping[str, Any], one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    what = name.replace("_", " ")
    if found["value"] is None:
        return f"{what}: not asked"
    value, low, high = found["value"], found["low"], found["high"]
    if low is None or high is None or found["groups"] < _FEW:
        return f"{what}: {value:+.2f}, from {found['groups']} groups, too few to say more"
    if low <= 0 <= high:
        return f"{what}: {value:+.2f} ({low:+.2f} to {high:+.2f}), no clear difference"
    how = "better" if value > 0 else "worse"
    ends = sorted((abs(low), abs(high)))
    intervals = "intervals apart" if apart(one, other) else "intervals overlap"
    return f"{what}: {how} by {abs(value):.2f} ({ends[0]:.2f} to {ends[1]:.2f}), {intervals}"


def _sensitivity(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    if one["value"] is None or other["value"] is None:
        return "context sensitivity: not asked"
    how = "intervals apart" if apart(one, other) else "no clear difference"
    return f"context sensitivity: {one['value']:+.2f} and {other['value']:+.2f}, {how}"
