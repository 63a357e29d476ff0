"""Parts of information beside what chance and other groups would have given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.group_shuffle import shuffle_groups
from lexiscope.interpret.interaction.pid import QUANTITIES, Pid

TOTAL = "total"

Measure: TypeAlias = Callable[[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]], Pid]
"""Decomposition of these rows of the features with these labels."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of information with what permuted labels give.

    Args:
        estimate: In nats; its chance is the mean over permuted labels.
        null_high: What 97.5 % of permuted labels stay below.
        p_value: Share of permuted labels that reach it, itself counted as one of them.
    """

    estimate: Estimate
    null_high: float
    p_value: float

    @property
    def beyond_chance(self) -> bool:
        """Whether its whole interval lies above what permuted labels give; False without an interval."""
        return self.estimate.low is not None and self.estimate.low > self.null_high


def measured_parts(
    measure: Measure,
    labels: Int64[np.ndarray, " n"],
    groups: Sequence[str],
    *,
    seed: int = 0,
    permutations: int = 100,
    resamples: int = 60,
) -> Mapping[str, Part]:
    """Parts of information and their total, with permuted labels and resampled groups beside each.

    A table of few cases shows synergy whatever the labels are, and shows more of it when cases are drawn twice. So the
    interval is that of the resamples, shifted so that their mean lies on the value, and cut at zero.

    Args:
        measure: Decomposes rows and their labels.
        labels: Number of each case's class.
        groups: Patient, paper or specimen of each case.
        seed: Seed of permutations and resamples.
        permutations: Times that labels are permuted.
        resamples: Times that groups are drawn.

    Returns:
        Name in `QUANTITIES`, or "total" -> its part.
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(len(labels))
    members = _members(groups)
    value = _vector(measure(rows, labels))
    null = np.array([_vector(measure(rows, labels[shuffle_groups(groups, rng)])) for _ in range(permutations)])
    drawn = [_drawn(members, rng) for _ in range(resamples)] if len(members) > 1 else []
    replicas = np.array([_vector(measure(some, labels[some])) for some in drawn])
    made = {}
    for place, name in enumerate((*QUANTITIES, TOTAL)):
        low, high = _shifted(replicas[:, place], value[place]) if drawn else (None, None)
        made[name] = Part(
            Estimate(float(value[place]), low, high, float(null[:, place].mean()), len(labels), len(members)),
            float(np.quantile(null[:, place], 0.975)),
            float((1 + np.sum(null[:, place] >= value[place] - 1e-12)) / (1 + permutations)),
        )
    return made


def _shifted(replicas: np.ndarray, value: float) -> tuple[float, float]:
    low, high = np.quantile(replicas, [0.025, 0.975]) - replicas.mean() + value
    return max(0.0, float(low)), max(0.0, float(high))


def _drawn(members: Sequence[Int64[np.ndarray, " m"]], rng: np.random.Generator) -> Int64[np.ndarray, " m"]:
    return np.concatenate([members[group] for group in rng.integers(0, len(members), len(members))])


def _members(groups: Sequence[str]) -> list[Int64[np.ndarray, " m"]]:
    order: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        order.setdefault(group, []).append(row)
    return [np.array(rows) for rows in order.values()]


def _vector(parts: Pid) -> np.ndarray:
    return np.append(parts.vector(), parts.total)
