"""`compare_places`: how alike the features of two places of a model are, with intervals and with what chance gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.blocks import BLOCKS, deal_blocks
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.pooled import Place, PooledLevels
from lexiscope.interpret.similarity.cka import FEWEST, cka_of
from lexiscope.interpret.similarity.hsic import HsicSums, sum_features
from lexiscope.interpret.similarity.permutation import permuted_cka
from lexiscope.interpret.similarity.spread import half_sample_interval

_AT_ONCE = 64_000_000  # products of features in memory at once, 0.5 GB


@dataclass(frozen=True)
class Comparison:
    """How alike two places are, over the cases that have both.

    Args:
        first: One place.
        second: The other one.
        cka: Unbiased linear CKA; its chance level is the mean over pairs of cases that do not belong together.
        null: 95 % of what such pairs give; None where nothing could be compared.
        biased: Biased linear CKA, which is larger the wider features are.
        cosine: Mean cosine of paired vectors; None where their widths differ.
    """

    first: Place
    second: Place
    cka: Estimate
    null: tuple[float, float] | None
    biased: float | None
    cosine: Estimate | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Ends of the interval of CKA; None where there is none."""
        return None if self.cka.low is None or self.cka.high is None else (self.cka.low, self.cka.high)

    @property
    def beyond_chance(self) -> bool:
        """Whether the whole interval lies above what chance gives."""
        return self.null is not None and self.cka.low is not None and self.cka.low > self.null[1]


@dataclass(frozen=True)
class PlaceComparer:
    """Compares places of one model on the same cases; sums of a place with itself are made once.

    Args:
        pooled: Features of the places.
        groups: Group of each case.
        seed: Seed of blocks, halves and pairings.
    """

    pooled: PooledLevels
    groups: Sequence[str]
    seed: int = 0
    _own: dict[tuple[Place, bytes, int], HsicSums] = field(default_factory=dict, repr=False)

    def compare(self, first: Place, second: Place) -> Comparison:
        """How alike two places are; without a value where fewer than four cases have both."""
        rows = np.flatnonzero(self.pooled.present[first] & self.pooled.present[second])
        groups = [self.groups[row] for row in rows.tolist()]
        if len(rows) < FEWEST:
            return Comparison(first, second, Estimate.nothing(), None, None, None)
        x, y = (_taken(self.pooled.read(place), rows) for place in (first, second))
        null = permuted_cka(x, y, groups, seed=self.seed)
        cka, biased = self._alignment((first, x), (second, y), rows, groups, chance=_finite(null.mean()))
        band = tuple(np.quantile(null, [0.025, 0.975]).tolist()) if np.isfinite(null).all() else None
        cosine = self._cosine(x, y, groups) if x.shape[1] == y.shape[1] else None
        return Comparison(first, second, cka, band, biased, cosine)

    def _alignment(
        self,
        first: tuple[Place, np.ndarray],
        second: tuple[Place, np.ndarray],
        rows: Int64[np.ndarray, " n"],
        groups: Sequence[str],
        *,
        chance: float | None,
    ) -> tuple[Estimate, float | None]:
        most = max(1, min(BLOCKS, _AT_ONCE // (first[1].shape[1] * second[1].shape[1])))
        block_of = deal_blocks(groups, seed=self.seed, blocks=most)
        blocks = int(block_of.max()) + 1
        sums = (
            sum_features(first[1], second[1], block_of, blocks=blocks),
            self._with_itself(*first, rows, block_of, blocks),
            self._with_itself(*second, rows, block_of, blocks),
        )
        value = _finite(cka_of(*sums)[0])
        interval = half_sample_interval(lambda chosen: cka_of(*sums, chosen=chosen), blocks=blocks, seed=self.seed)
        low, high = (max(-1.0, interval[0]), min(1.0, interval[1])) if interval else (None, None)
        estimate = Estimate(value, low, high, chance, n=len(rows), groups=len(set(groups)))
        return estimate, _finite(cka_of(*sums, unbiased=False)[0])

    def _with_itself(
        self, place: Place, x: np.ndarray, rows: np.ndarray, block_of: np.ndarray, blocks: int
    ) -> HsicSums:
        key = place, rows.tobytes(), blocks
        if key not in self._own:
            self._own[key] = sum_features(x, x, block_of, blocks=blocks)
        return self._own[key]

    def _cosine(self, x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n d"], groups: Sequence[str]) -> Estimate:
        first, second = _unit(x), _unit(y)
        paired = np.einsum("nd,nd->n", first, second)
        n = len(paired)
        every = n**2 * float(first.mean(axis=0) @ second.mean(axis=0))  # sum over all pairs, the true ones included
        chance = (every - paired.sum()) / (n * (n - 1))
        return bootstrap_means(paired[:, None], groups, chance=float(chance), seed=self.seed)[0]


def _taken(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return values if len(rows) == len(values) else values[rows]


def _unit(x: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, lengths, out=np.zeros_like(x, subok=False), where=lengths > 0)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
