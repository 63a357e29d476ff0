"""Intervals: every number comes with the range that other patients, papers or specimens would have given."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number, its 95 % interval and what guessing would give.

    Args:
        value: As measured.
        low: Lower end of the interval; None when there are fewer than two groups to resample.
        high: Upper end, likewise.
        chance: What random answers give on average on the same data.
    """

    value: float
    low: float | None
    high: float | None
    chance: float

    def to_dict(self) -> dict[str, float | None]:
        """Plain JSON types."""
        return asdict(self)


def bootstrap_by_group(
    values: Float[np.ndarray, " n"],
    groups: Sequence[str],
    *,
    chance: float,
    statistic: Callable[[Float[np.ndarray, " m"]], float] = np.mean,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Measure a statistic and its 95 % percentile interval, resampling whole groups with replacement.

    Cases of one patient or paper resemble each other; resampling cases would claim more certainty than there is
    (cluster bootstrap: Davison & Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).

    Args:
        values: One number for each query or case.
        groups: The group of each, in the same order.
        chance: What guessing gives; passed through.
        statistic: Mean by default; any function of a vector of values.

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
        return Estimate(value, None, None, chance)
    generator = np.random.default_rng(seed)
    draws = generator.integers(len(members), size=(resamples, len(members)))
    replicas = [float(statistic(values[np.concatenate([members[g] for g in draw])])) for draw in draws]
    low, high = np.quantile(replicas, [0.025, 0.975])
    return Estimate(value, float(low), float(high), chance)


def _members(groups: Sequence[str]) -> list[np.ndarray]:
    order: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        order.setdefault(group, []).append(row)
    return [np.array(rows) for rows in order.values()]
