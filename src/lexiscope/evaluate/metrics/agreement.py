"""Agreement of two judges about the same answers."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int64

BINS = 5  # of 20 points of quality each


def binned(quality: Float[np.ndarray, " n"], *, bins: int = BINS) -> Int64[np.ndarray, " n"]:
    """Quality of 0 to 100 in bins of equal width; 100 belongs to the last.

    Example:
        >>> binned(np.array([0.0, 19.9, 20.0, 100.0]))
        array([0, 0, 1, 4])
    """
    return np.minimum((np.asarray(quality) * bins / 100).astype(np.int64), bins - 1)


def weighted_kappa(one: Sequence[int] | np.ndarray, other: Sequence[int] | np.ndarray, *, labels: int) -> float:
    """Kappa with squared distances as weights (Cohen 1968, https://doi.org/10.1037/h0026256): 1 is agreement, 0 chance.

    scikit-learn's. Two judges that both give one and the same score throughout agree, but no more than by chance: 0.

    Args:
        one: Scores of one judge, 0 to labels - 1.
        other: Scores of the other judge.
        labels: Number of different scores.

    Example:
        >>> weighted_kappa([0, 1, 2], [0, 1, 2], labels=3)
        1.0
    """
    from sklearn.metrics import cohen_kappa_score

    if len(set(map(int, one)) | set(map(int, other))) < 2:
        return 0.0
    return float(cohen_kappa_score(one, other, weights="quadratic", labels=list(range(labels))))


def rank_correlation(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> float:
    """Spearman's rank correlation, scipy's; 0 where one of the judges gives one and the same score throughout.

    Example:
        >>> rank_correlation([10, 20, 30], [1, 2, 4])
        1.0
    """
    from scipy.stats import spearmanr

    if len(set(map(float, one))) < 2 or len(set(map(float, other))) < 2:
        return 0.0
    return float(spearmanr(one, other).statistic)
