"""Agreement between judges who marked the same answers."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from lexiscope.evaluate.judges.judge import FEATURES, JudgeScore
from lexiscope.evaluate.metrics.agreement import BINS, binned, rank_correlation, weighted_kappa
from lexiscope.evaluate.statistics import bootstrap_by_group

_FEWEST = 2  # answers that two judges must have in common


def agreement(
    marks: Mapping[str, Sequence[JudgeScore | None]], groups: Sequence[str], *, seed: int, resamples: int
) -> list[dict[str, Any]]:
    """Each pair of judges: weighted kappa of quality in bins of 20 points and of features, and rank correlation.

    Args:
        marks: Judge -> marks of the same answers.
        groups: Of each answer's case, for the intervals.

    Returns:
        JSON types, one entry a pair; chance is 0 throughout. A score that fewer than two answers share is left out.
    """
    return [
        {"judges": [one, other], **_pair(marks[one], marks[other], groups, seed, resamples)}
        for one, other in combinations(marks, 2)
    ]


def _pair(
    one: Sequence[JudgeScore | None],
    other: Sequence[JudgeScore | None],
    groups: Sequence[str],
    seed: int,
    resamples: int,
) -> dict[str, Any]:
    quality = _table(one, other, lambda mark: mark.quality)
    features = _table(one, other, lambda mark: None if mark.features is None else float(mark.features))

    def estimate(table: np.ndarray, statistic: Callable[[np.ndarray], float]) -> dict[str, Any] | None:
        rows = np.flatnonzero(~np.isnan(table).any(axis=1))
        if len(rows) < _FEWEST:
            return None
        found = bootstrap_by_group(
            rows,
            [groups[int(row)] for row in rows],
            chance=0.0,
            statistic=lambda chosen: statistic(table[chosen.astype(int)]),
            seed=seed,
            resamples=resamples,
        )
        return {**found.to_dict(), "n": len(rows)}

    found = {
        "quality_kappa": estimate(quality, lambda t: weighted_kappa(binned(t[:, 0]), binned(t[:, 1]), labels=BINS)),
        "quality_spearman": estimate(quality, lambda t: rank_correlation(t[:, 0], t[:, 1])),
        "features_kappa": estimate(features, lambda t: weighted_kappa(*(t.T - 1).astype(int), labels=len(FEATURES))),
    }
    return {name: value for name, value in found.items() if value is not None}


def _table(
    one: Sequence[JudgeScore | None], other: Sequence[JudgeScore | None], value: Callable[[JudgeScore], float | None]
) -> np.ndarray:
    rows = [[np.nan if mark is None else value(mark) for mark in pair] for pair in zip(one, other, strict=True)]
    return np.array(rows, dtype=float).reshape(-1, 2)
