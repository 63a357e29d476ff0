"""One query to one or two rankings: by vector, by words, or both fused. The same for every store."""

from collections.abc import Callable
from typing import TypeAlias

from lexiscope.core.errors import UsageError
from lexiscope.index.fulltext import FullText, SparseText
from lexiscope.index.fusion import fuse
from lexiscope.index.store import Hit, IndexSpec, Query

COSINE, BM25 = "cosine", "bm25"
_FUSION_DEPTH = 100

ByVector: TypeAlias = Callable[[list[float], int], list[Hit]]
ByWords: TypeAlias = Callable[[SparseText, int], list[Hit]]


def answer(query: Query, *, spec: IndexSpec, by_vector: ByVector, by_words: ByWords) -> list[Hit]:
    """Ask a store's two searches what the query needs and fuse them when it needs both.

    Args:
        by_vector: (vector, limit) -> hits with part `COSINE`, best first.
        by_words: (query words, limit) -> hits with part `BM25`, best first.

    Raises:
        UsageError: the query's vector has another size than the index's.
    """
    if query.vector is not None and query.vector.shape != (spec.size,):
        msg = (
            f"the index holds vectors of {spec.size} numbers, got shape {query.vector.shape}; embed with its own model"
        )
        raise UsageError(msg)
    if query.vector is None or (query.words is not None and query.text_weight == 1):
        return _words(query, query.k, spec, by_words)
    if query.words is None or query.text_weight == 0:
        return _vector(query, query.k, by_vector)
    depth = max(_FUSION_DEPTH, query.k)
    rankings = {COSINE: _vector(query, depth, by_vector), BM25: _words(query, depth, spec, by_words)}
    weights = {COSINE: 1 - query.text_weight, BM25: query.text_weight}
    return fuse(rankings, weights=weights, k=query.k)


def _vector(query: Query, limit: int, by_vector: ByVector) -> list[Hit]:
    assert query.vector is not None
    return by_vector(query.vector.tolist(), limit)


def _words(query: Query, limit: int, spec: IndexSpec, by_words: ByWords) -> list[Hit]:
    words = FullText(spec.average_length).query(query.words or "")
    return by_words(words, limit) if words.indices else []
