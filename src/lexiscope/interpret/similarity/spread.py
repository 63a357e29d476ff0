"""`half_sample_interval`: how far a statistic that takes copies of a case for agreement would lie in other groups."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

_FEWEST = 4  # blocks; halves of three say nothing


def half_sample_interval(
    statistic: Callable[[Float[np.ndarray, "r b"]], Float[np.ndarray, " r"]],
    *,
    blocks: int,
    seed: int = 0,
    draws: int = 200,
) -> tuple[float, float] | None:
    """95 % interval from random halves of the blocks, whose spread is that of a bootstrap of all of them.

    A bootstrap with replacement puts copies of one case beside each other. An unbiased kernel statistic, which leaves a
    case's agreement with itself out, would count them. Halves drawn without replacement (McCarthy, "Pseudo-replication:
    half samples", 1969; the delete-half jackknife of Shao and Wu, 1989) hold no copies; a half of m of b blocks varies
    around the whole as the whole does, times sqrt((b - m) / m).

    Args:
        statistic: Answers for choices of blocks, each a row of 1 and 0.
        blocks: Number of blocks.
        seed: Seed of the draws.
        draws: Number of halves.

    Returns:
        Lower and upper end; None with fewer than four blocks, or where the statistic does not exist in most halves.

    Example:
        >>> values = np.arange(8.0)
        >>> low, high = half_sample_interval(lambda chosen: chosen @ values / chosen.sum(axis=1), blocks=8)
        >>> bool(low < values.mean() < high)
        True
    """
    if blocks < _FEWEST:
        return None
    half = blocks // 2
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(blocks), (draws, 1)), axis=1)
    chosen = np.zeros((draws + 1, blocks))
    np.put_along_axis(chosen[:-1], order[:, :half], 1, axis=1)
    chosen[-1] = 1
    answers = statistic(chosen)
    value, halves = answers[-1], answers[:-1][np.isfinite(answers[:-1])]
    if not np.isfinite(value) or len(halves) < draws / 2:
        return None
    away = (halves - halves.mean()) * np.sqrt(half / (blocks - half))
    low, high = value + np.quantile(away, [0.025, 0.975])
    return float(low), float(high)
