"""`Measure`: estimates over the same items, resampled by the same groups."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.evaluate.statistics import RESAMPLES, Estimate, bootstrap_by_group

Rows: TypeAlias = Int64[np.ndarray, " m"]
Chance: TypeAlias = "float | Callable[[Rows], float | None] | None"


@dataclass(frozen=True, slots=True)
class Measure:
    """Bootstrap over the groups of some items. The same seed resamples every estimate alike, so they can be compared.

    Args:
        groups: Patient, paper or specimen of each item.
        seed: Seed of the resampling.
        resamples: Number of resamples.

    Example:
        >>> Measure(["a", "a", "b"], seed=0).mean(np.array([1.0, 0.0, np.nan]), chance=0.5).value
        0.5
    """

    groups: Sequence[str]
    seed: int = 0
    resamples: int = RESAMPLES

    def of(self, statistic: Callable[[Rows], float], *, chance: Chance, rows: Rows | None = None) -> Estimate:
        """Estimate a statistic of items.

        Args:
            statistic: Takes the places of items, some of them several times, and gives a number.
            chance: Chance level, or a function of the places that gives it.
            rows: Places of the items that count; all when None.
        """
        rows = np.arange(len(self.groups)) if rows is None else np.asarray(rows)
        if not len(rows):
            return Estimate.nothing()
        return bootstrap_by_group(
            rows,
            [self.groups[int(row)] for row in rows],
            chance=chance(rows) if callable(chance) else chance,
            statistic=statistic,
            seed=self.seed,
            resamples=self.resamples,
        )

    def mean(self, values: Float[np.ndarray, " n"], *, chance: Chance, rows: Rows | None = None) -> Estimate:
        """Estimate the mean of one value an item; items whose value is NaN do not count."""
        rows = np.arange(len(self.groups)) if rows is None else np.asarray(rows)
        return self.of(lambda chosen: float(values[chosen].mean()), chance=chance, rows=rows[~np.isnan(values[rows])])
