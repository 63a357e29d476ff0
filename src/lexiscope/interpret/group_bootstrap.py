"""Intervals of many means at once, and of what is computed from them."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.evaluate.statistics import RESAMPLES, Estimate

_AT_ONCE = 1 << 20  # groups drawn at once: memory does not grow with their number


def bootstrap_means(
    values: Float[np.ndarray, "n k"],
    groups: Sequence[str],
    *,
    of: Callable[[Float[np.ndarray, "r k"]], Float[np.ndarray, "r q"]] = np.asarray,
    chance: float | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> list[Estimate]:
    """Estimate the mean of every column, or numbers made of those means, resampling whole groups with replacement.

    Each column gets what `evaluate.statistics.bootstrap_by_group` says of it alone; here all are resampled together,
    so that numbers made of several means get their interval too, and 100 columns take as long as one.

    Args:
        values: One row for each case.
        groups: The group of each row.
        of: From rows of column means to rows of the numbers wanted; the means themselves when left out.
        chance: Chance level, passed through to the estimates.
        seed: Seed of the resampling.
        resamples: Number of resamples.

    Raises:
        ValueError: no cases, or another number of groups than of cases.

    Example:
        >>> table = np.array([[1.0, 2.0], [1.0, 2.0], [0.0, 4.0]])
        >>> (ratio,) = bootstrap_means(table, ["a", "a", "b"], of=lambda means: means[:, :1] / means[:, 1:])
        >>> round(ratio.value, 3), ratio.low, ratio.high, ratio.groups
        (0.25, 0.0, 0.5, 2)
    """
    if len(values) == 0 or len(values) != len(groups):
        raise ValueError(f"expected one group for each of at least one case, got {len(values)} and {len(groups)}")
    numbers = np.fromiter(_in_order(groups), dtype=np.int64, count=len(groups))
    sizes = np.bincount(numbers)
    sums = np.zeros((len(sizes), values.shape[1]))
    np.add.at(sums, numbers, values)
    measured = of(values.mean(axis=0, keepdims=True))[0]
    n, g = len(values), len(sizes)
    if g < 2:
        return [Estimate(float(value), None, None, chance, n=n, groups=g) for value in measured]
    replicas = of(_resampled_means(sums, sizes, seed=seed, resamples=resamples))
    ends = np.quantile(replicas, [0.025, 0.975], axis=0)
    return [
        Estimate(float(value), float(low), float(high), chance, n=n, groups=g)
        for value, low, high in zip(measured, *ends, strict=True)
    ]


def _resampled_means(
    sums: Float[np.ndarray, "g k"], sizes: Int64[np.ndarray, " g"], *, seed: int, resamples: int
) -> Float[np.ndarray, "r k"]:
    rng = np.random.default_rng(seed)
    made, done, some = np.empty((resamples, sums.shape[1])), 0, max(1, _AT_ONCE // len(sizes))
    while done < resamples:
        rows = min(some, resamples - done)
        drawn = rng.integers(len(sizes), size=(rows, len(sizes))) + np.arange(rows)[:, None] * len(sizes)
        counts = np.bincount(drawn.ravel(), minlength=rows * len(sizes)).reshape(rows, len(sizes))
        made[done : done + rows] = counts @ sums / (counts @ sizes)[:, None]
        done += rows
    return made


def _in_order(groups: Sequence[str]) -> list[int]:
    """Number of each row's group, counted in the order in which groups come."""
    order: dict[str, int] = {}
    return [order.setdefault(group, len(order)) for group in groups]
