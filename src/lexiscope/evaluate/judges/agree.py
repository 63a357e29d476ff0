"""Agreement between judges that scored the same answers."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from lexiscope.evaluate.judges.judge import FEATURES, JudgeScore
from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.metrics.agreement import BINS, binned, rank_correlation, weighted_kappa
from lexiscope.evaluate.statistics import Estimate

_FEWEST = 2  # answers that two judges must have in common


def agreement(
    scores: Mapping[str, Sequence[JudgeScore | None]], groups: Sequence[str], *, seed: int, resamples: int
) -> list[dict[str, Any]]:
    """Each pair of judges: weighted kappa of quality in bins of 20 points and of features, and rank correlation.

    Args:
        scores: Judge -> its scores of the same answers.
        groups: Group of each answer's case, for the intervals.
        seed: Seed of the bootstrap.
        resamples: Number of resamples.

    Returns:
        One entry a pair: "judges" and the estimates; chance is 0 throughout. A score that fewer than two answers share
        is left out.
    """
    return [
        {"judges": [one, other], **_pair(scores[one], scores[other], groups, seed, resamples)}
        for one, other in combinations(scores, 2)
    ]


def _pair(
    one: Sequence[JudgeScore | None],
    other: Sequence[JudgeScore | None],
    groups: Sequence[str],
    seed: int,
    resamples: int,
) -> dict[str, Estimate]:
    measure = Measure(groups, seed, resamples)
    quality = _table(one, other, lambda score: score.quality)
    features = _table(one, other, lambda score: None if score.features is None else float(score.features))

    def estimate(table: np.ndarray, statistic: Callable[[np.ndarray], float]) -> Estimate | None:
        rows = np.flatnonzero(~np.isnan(table).any(axis=1))
        return (
            measure.of(lambda chosen: statistic(table[chosen]), rows=rows, chance=0.0) if len(rows) >= _FEWEST else None
        )

    estimates = {
        "quality_kappa": estimate(quality, lambda t: weighted_kappa(binned(t[:, 0]), binned(t[:, 1]), labels=BINS)),
        "quality_spearman": estimate(quality, lambda t: rank_correlation(t[:, 0], t[:, 1])),
        "features_kappa": estimate(features, lambda t: weighted_kappa(*(t.T - 1).astype(int), labels=len(FEATURES))),
    }
    return {name: value for name, value in estimates.items() if value is not None}


def _table(
    one: Sequence[JudgeScore | None], other: Sequence[JudgeScore | None], value: Callable[[JudgeScore], float | None]
) -> np.ndarray:
    rows = [[np.nan if score is None else value(score) for score in pair] for pair in zip(one, other, strict=True)]
    return np.array(rows, dtype=float).reshape(-1, 2)
