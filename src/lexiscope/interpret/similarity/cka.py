"""Linear CKA of two sets of features, unbiased by default: small where features have nothing to do with each other."""

import numpy as np
from jaxtyping import Float

from lexiscope.interpret.similarity.hsic import HsicSums, sum_pairs

FEWEST = 4  # cases that the unbiased estimator is defined for


def linear_cka(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n e"], *, unbiased: bool = True) -> float:
    """Linear centred kernel alignment (https://arxiv.org/abs/1905.00414) of paired rows.

    HSIC(x, y) / sqrt(HSIC(x, x) HSIC(y, y)) with linear kernels: 1 where one is a rotation, a scaling or a translation
    of the other. The biased estimator, ||Y'X||^2 / (||X'X|| ||Y'Y||) of centred columns, is far above 0 for unrelated
    features that are wider than there are cases; the unbiased one takes HSIC_1 of Song et al. (2012, JMLR 13, equation
    5) in its place and is 0 on average there, a little below 0 as often as above.

    Memory is that of d * e products, or of n * n where there are fewer cases than features.

    Args:
        x: Features of n cases; `y`: other features of the same cases.
        unbiased: Take the unbiased estimator.

    Returns:
        The alignment; NaN where one side never changes.

    Raises:
        ValueError: different numbers of cases, or fewer than four.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(20, 3))
        >>> round(linear_cka(x, 2 * x[:, ::-1] + 1), 6)
        1.0
    """
    _check(x, y)
    alone = np.zeros(len(x), dtype=np.int64)
    sums = sum_pairs([(x, y), (x, x), (y, y)], alone, blocks=1)
    return float(cka_of(*sums, unbiased=unbiased)[0])


def cka_of(
    both: HsicSums,
    first: HsicSums,
    second: HsicSums,
    *,
    chosen: Float[np.ndarray, "r b"] | None = None,
    unbiased: bool = True,
) -> Float[np.ndarray, " r"]:
    """CKA of the cases of chosen blocks, from the sums of a pair and of each side with itself.

    Args:
        chosen: For each answer the blocks that are in it, as 1 and 0; all of them in one answer when None.
        unbiased: Take the unbiased estimator.

    Returns:
        `(r,)`, NaN where one side never changes or fewer than four cases are chosen.
    """
    which = np.ones((1, both.blocks)) if chosen is None else chosen
    cross, own, other = (sums.hsic(which, unbiased=unbiased) for sums in (both, first, second))
    with np.errstate(invalid="ignore", divide="ignore"):
        alignment = cross / np.sqrt(own * other)
    alignment[~((own > 0) & (other > 0))] = np.nan
    return alignment


def _check(x: np.ndarray, y: np.ndarray) -> None:
    if len(x) != len(y) or len(x) < FEWEST:
        msg = f"CKA compares two sets of features of the same cases, at least {FEWEST}"
        raise ValueError(f"{msg}; got {len(x)} and {len(y)} rows")
