"""A query goes to one ranking or to both, and each is asked for as many hits as are needed."""

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.index import Hit, IndexSpec, Query
from lexiscope.index.hybrid import BM25, COSINE, answer

SPEC = IndexSpec(size=2, average_length=1.0)
VECTOR = np.array([1, 0], np.float32)


class Searches:
    """Two rankings that note how they were asked."""

    def __init__(self):
        self.limits = []

    def by_vector(self, vector, limit):
        self.limits.append(("vector", limit))
        assert vector == [1.0, 0.0]
        return [Hit("a", 0.9, parts={COSINE: 0.9}), Hit("b", 0.8, parts={COSINE: 0.8})][:limit]

    def by_words(self, words, limit):
        self.limits.append(("words", limit))
        assert words.indices
        return [Hit("b", 7.0, parts={BM25: 7.0})][:limit]


def asked(**query):
    searches = Searches()
    hits = answer(Query(**query), spec=SPEC, by_vector=searches.by_vector, by_words=searches.by_words)
    return [hit.id for hit in hits], searches.limits


@pytest.mark.parametrize(
    ("query", "ids", "limits"),
    [
        ({"vector": VECTOR, "k": 1}, ["a"], [("vector", 1)]),
        ({"words": "crack", "k": 3}, ["b"], [("words", 3)]),
        ({"vector": VECTOR, "words": "crack", "text_weight": 0, "k": 2}, ["a", "b"], [("vector", 2)]),
        ({"vector": VECTOR, "words": "crack", "text_weight": 1, "k": 2}, ["b"], [("words", 2)]),
        ({"vector": VECTOR, "words": "crack", "k": 1}, ["b"], [("vector", 100), ("words", 100)]),
        ({"vector": VECTOR, "words": "crack", "k": 300}, ["b", "a"], [("vector", 300), ("words", 300)]),
        ({"words": "the"}, [], []),
    ],
)
def test_what_is_asked(query, ids, limits):
    assert asked(**query) == (ids, limits)


def test_a_vector_of_another_size_is_refused():
    with pytest.raises(UsageError, match=r"vectors of 2 numbers, got shape \(3,\); embed with its own model"):
        asked(vector=np.ones(3, np.float32))
