"""`UnitThresholds`: for each unit the value that only its strongest responses exceed, in memory that never grows."""

import numpy as np
from jaxtyping import Bool, Float

BINS = 4096


class UnitThresholds:
    """Thresholds T with P(a > T) of a given share, over two passes: `widen` with all values, then `count` with all.

    The second pass counts values in equal bins between the extremes that the first one found. T is the lowest edge of a
    bin that no more than the share lie above: at most one bin, (max - min) / bins, above the exact quantile, and never
    below it.

    Args:
        share: P(a > T).
        bins: Bins of each unit.

    Example:
        >>> values = np.linspace(0, 1, 1001)[:, None]
        >>> thresholds = UnitThresholds(0.01)
        >>> thresholds.widen(values)
        >>> thresholds.count(values)
        >>> round(float(thresholds.values()[0]), 2)
        0.99
    """

    def __init__(self, share: float, *, bins: int = BINS) -> None:
        self.share, self.bins = share, bins
        self._low = self._high = np.empty(0)
        self._counts = np.empty((0, bins), dtype=np.int64)

    def widen(self, values: Float[np.ndarray, "m d"]) -> None:
        """First pass: note the extremes of each unit."""
        if not len(values):
            return
        low, high = values.min(axis=0), values.max(axis=0)
        first = not len(self._low)
        self._low = low if first else np.minimum(self._low, low)
        self._high = high if first else np.maximum(self._high, high)

    def count(self, values: Float[np.ndarray, "m d"]) -> None:
        """Second pass: count values in bins."""
        if not len(self._counts):
            self._counts = np.zeros((len(self._low), self.bins), dtype=np.int64)
        width = np.where(self._high > self._low, (self._high - self._low) / self.bins, 1)
        bins = np.clip((values - self._low) / width, 0, self.bins - 1).astype(np.int64)
        bins += np.arange(len(self._low)) * self.bins
        self._counts += np.bincount(bins.ravel(), minlength=self._counts.size).reshape(self._counts.shape)

    def values(self) -> Float[np.ndarray, " d"]:
        """Threshold of each unit; a response is a value of at least as much. Infinite where a unit never changes.

        A unit whose largest value comes more often than the share has an infinite threshold, too: nothing exceeds it.
        """
        above = self._counts[:, ::-1].cumsum(axis=1)[:, ::-1]  # values in this bin or a higher one
        allowed = above <= self.share * above[:, :1]
        first = np.where(allowed.any(axis=1), allowed.argmax(axis=1), self.bins)
        width = (self._high - self._low) / self.bins
        return np.where((first < self.bins) & ~self.constant(), self._low + first * width, np.inf)

    def constant(self) -> Bool[np.ndarray, " d"]:
        """Units that never change: they are dead."""
        return np.asarray(self._high <= self._low)
