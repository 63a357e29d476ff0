"""Intervals: every number comes with the range that other patients, papers or specimens would have given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """Measured number with its 95 % interval and its chance level.

    Args:
        value: The number as measured; None where nothing of the kind was measured.
        low: Lower end of the interval; None when there are fewer than two groups to resample.
        high: Upper end of the interval, None likewise.
        chance: Chance level: what random answers give on average on the same data; None where it is unknown.
        n: Number of queries, cases or questions behind it; None in results written before this was kept.
        groups: Number of patients, papers or specimens behind it; None likewise.
        parts: The same number over parts of the data, such as {"by_level": {"simple": Estimate}}.

    Example:
        >>> Estimate(0.5, 0.4, 0.6, chance=0.1, n=20, groups=5).to_dict()
        {'value': 0.5, 'low': 0.4, 'high': 0.6, 'chance': 0.1, 'n': 20, 'groups': 5}
    """

    value: float | None
    low: float | None
    high: float | None
    chance: float | None
    n: int | None = None
    groups: int | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def nothing(cls) -> "Estimate":
        """Estimate of what was not asked."""
        return cls(None, None, None, None, n=0, groups=0)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; parts stand beside "value"."""
        counts = {name: count for name in ("n", "groups") if (count := getattr(self, name)) is not None}
        ends = {"value": self.value, "low": self.low, "high": self.high, "chance": self.chance}
        return {**ends, **counts, **plain(self.parts)}


MetricTree: TypeAlias = "Estimate | Mapping[str, MetricTree]"
"""An estimate, or estimates by name, to any depth."""
Metrics: TypeAlias = Mapping[str, MetricTree]
"""Estimates by name; each name may hold further names."""


def plain(value: Any) -> Any:
    """Convert estimates, wherever they are inside mappings and sequences, to JSON types.

    Example:
        >>> plain({"recall": [Estimate(1.0, None, None, 0.5)]})
        {'recall': [{'value': 1.0, 'low': None, 'high': None, 'chance': 0.5}]}
    """
    if isinstance(value, Estimate):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def bootstrap_by_group(
    values: Float[np.ndarray, " n"],
    groups: Sequence[str],
    *,
    chance: float | None,
    statistic: Callable[[Float[np.ndarray, " m"]], float] = np.mean,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Measure a statistic and its 95 % percentile interval, resampling whole groups with replacement.

    Cases of one patient or paper resemble each other; resampling cases would claim more certainty than there is
    (cluster bootstrap: Davison & Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).

    Args:
        values: One number for each query or case.
        groups: The group of each value, in the same order.
        chance: Chance level, passed through to the estimate.
        statistic: Function of a vector of values; the mean when left out.
        seed: Seed of the resampling.
        resamples: Number of resamples; more make the ends of the interval steadier.

    Raises:
        ValueError: no values, or as many groups as values were expected and another number came.

    Example:
        >>> bootstrap_by_group(np.array([1.0, 1.0, 0.0]), ["a", "a", "b"], chance=0.1).value
        0.6666666666666666
    """
    if len(values) == 0 or len(values) != len(groups):
        raise ValueError(f"expected one group for each of at least one value, got {len(values)} and {len(groups)}")
    value = float(statistic(values))
    members = _members(groups)
    if len(members) < 2:
        return Estimate(value, None, None, chance, n=len(values), groups=len(members))
    generator = np.random.default_rng(seed)
    draws = generator.integers(len(members), size=(resamples, len(members)))
    if statistic is np.mean:  # sums of groups are enough
        sums, sizes = np.array([[values[rows].sum(), len(rows)] for rows in members]).T
        replicas = sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    else:
        replicas = np.array([float(statistic(values[np.concatenate([members[g] for g in draw])])) for draw in draws])
    low, high = np.quantile(replicas, [0.025, 0.975])
    return Estimate(value, float(low), float(high), chance, n=len(values), groups=len(members))


def _members(groups: Sequence[str]) -> list[np.ndarray]:
    order: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        order.setdefault(group, []).append(row)
    return [np.array(rows) for rows in order.values()]
