"""Retrieval metrics: recall@k, median rank and mean average precision, with their chance levels.

A rank counts from 1. Several gallery items may answer a query. Items with exactly the same score as a relevant one
count half before it, so that a constant model cannot win by the order of its rows.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammaln

_CHUNK = 1024


def relevant_ranks(
    queries: Float[np.ndarray, "q d"],
    gallery: Float[np.ndarray, "n d"],
    relevant: Sequence[Int[np.ndarray, " r"]],
) -> list[Float[np.ndarray, " r"]]:
    """Rank, by inner product, every relevant gallery item of every query; ascending.

    Args:
        queries: Unit vectors.
        gallery: Unit vectors.
        relevant: For each query the rows of `gallery` that answer it, at least one.

    Example:
        >>> relevant_ranks(np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]]), [np.array([0]), np.array([0])])
        [array([2.]), array([1.])]
    """
    ranks = []
    for start in range(0, len(queries), _CHUNK):
        scores = queries[start : start + _CHUNK] @ gallery.T
        ranks += [_ranks(row, relevant[start + i]) for i, row in enumerate(scores)]
    return ranks


def recall_at(ranks: Sequence[Float[np.ndarray, " r"]], k: int) -> Float[np.ndarray, " q"]:
    """Recall: 1 for each query that has a relevant item among its first `k`, else 0.

    Example:
        >>> recall_at([np.array([2.0, 7.0]), np.array([6.0])], 5)
        array([1., 0.])
    """
    return np.array([float(r[0] <= k) for r in ranks])


def first_rank(ranks: Sequence[Float[np.ndarray, " r"]]) -> Float[np.ndarray, " q"]:
    """Rank of the best relevant item of each query.

    Example:
        >>> first_rank([np.array([2.0, 7.0]), np.array([6.0])])
        array([2., 6.])
    """
    return np.array([r[0] for r in ranks])


def average_precision(ranks: Sequence[Float[np.ndarray, " r"]]) -> Float[np.ndarray, " q"]:
    """Mean over the relevant items of each query of (relevant items so far) / (rank).

    Example:
        >>> average_precision([np.array([1.0, 4.0])])
        array([0.75])
    """
    return np.array([np.mean(np.arange(1, len(r) + 1) / r) for r in ranks])


def chance_recall_at(relevant: Int[np.ndarray, " q"], n: int, k: int) -> float:
    """Expected recall@k of a random order: 1 - C(n-r, k) / C(n, k), averaged over queries with r relevant items.

    Example:
        >>> round(chance_recall_at(np.array([1]), 100, 10), 6)
        0.1
    """
    k = min(k, n)
    misses = np.where(n - relevant >= k, np.exp(_log_choose(n - relevant, k) - _log_choose(n, k)), 0.0)
    return float(np.mean(1.0 - misses))


def chance_first_rank(relevant: Int[np.ndarray, " q"], n: int) -> float:
    """Median over queries of the expected first rank of a random order, (n + 1) / (r + 1).

    Example:
        >>> chance_first_rank(np.array([1]), 9)
        5.0
    """
    return float(np.median((n + 1) / (relevant + 1)))


def chance_average_precision(relevant: Int[np.ndarray, " q"], n: int) -> float:
    """Expected average precision of a random order: 1/n sum_i [1 + (i-1)(r-1)/(n-1)] / i, averaged over queries.

    Given that rank i is relevant (probability r/n), (i-1)(r-1)/(n-1) of the items before it are relevant on average.

    Example:
        >>> round(chance_average_precision(np.array([1]), 2), 3)
        0.75
    """
    i = np.arange(1, n + 1)
    harmonic = np.sum(1 / i)
    slope = np.sum((i - 1) / i) / max(n - 1, 1)
    return float(np.mean(harmonic + slope * (relevant - 1)) / n)


def _ranks(scores: Float[np.ndarray, " n"], relevant: Int[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
    hits = np.sort(scores[relevant])[::-1]
    others = np.sort(np.delete(scores, relevant))
    above = len(others) - np.searchsorted(others, hits, side="right")
    not_below = len(others) - np.searchsorted(others, hits, side="left")
    return np.arange(1, len(hits) + 1) + (above + not_below) / 2


def _log_choose(n: np.ndarray | int, k: int) -> np.ndarray:
    n = np.maximum(n, k)  # rows with n < k are replaced by the caller
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
