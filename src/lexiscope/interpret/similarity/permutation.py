"""`permuted_cka`: the alignment that chance gives, from pairs of cases that do not belong together."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lexiscope.interpret.group_shuffle import shuffle_groups

MOST = 500  # cases; kernels of more would cost seconds a pair


def permuted_cka(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, "n e"],
    groups: Sequence[str],
    *,
    seed: int = 0,
    draws: int = 100,
    most: int = MOST,
) -> Float[np.ndarray, " draws"]:
    """Unbiased linear CKA of rows whose pairing was drawn anew, whole groups at a time.

    With more than `most` cases, groups are drawn until that many are reached: chance spreads less with more cases, so
    the answers err on the wide side.

    Args:
        groups: Group of each row.
        seed: Seed of the draws.
        draws: Number of pairings.
        most: Cases at most.
    """
    rng = np.random.default_rng(seed)
    rows = _some(groups, most, rng)
    some = [groups[row] for row in rows]
    first, second = _centred_kernel(x[rows]), _centred_kernel(y[rows])
    scale = np.sqrt(np.vdot(first, first) * np.vdot(second, second))
    if len(rows) < 4 or scale == 0:
        return np.full(draws, np.nan)
    pairings = [shuffle_groups(some, rng) for _ in range(draws)]
    return np.array([np.vdot(first, second[np.ix_(rows, rows)]) / scale for rows in pairings])


def _some(groups: Sequence[str], most: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of groups drawn until there are enough, in their order."""
    if len(groups) <= most:
        return np.arange(len(groups))
    _, number = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    place = rng.permutation(number.max() + 1)[number]
    return np.sort(np.argsort(place, kind="stable")[:most])


def _centred_kernel(x: np.ndarray) -> np.ndarray:
    """Kernel without its diagonal, U-centred: <A, B> is n(n-3) HSIC_1 (Szekely and Rizzo, 2014, equation 3.1)."""
    x = x - x.mean(axis=0, dtype=np.float64)
    kernel, n = x @ x.T, len(x)
    np.fill_diagonal(kernel, 0)
    sums = kernel.sum(axis=0)
    centred = kernel - (sums[:, None] + sums) / (n - 2) + sums.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(centred, 0)
    return np.asarray(centred)
