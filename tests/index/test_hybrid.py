"""A query goes to the legs that it needs, and each is asked for as many hits as are needed."""

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.index import Hit, IndexSpec, Query
from lexiscope.index.hybrid import StoredEntry, answer
from lexiscope.index.legs import BM25, COSINE, WORDING

SPEC = IndexSpec(size=2, average_length=1.0, wording=3)
VECTOR, WRITTEN = np.array([1, 0], np.float32), np.array([0, 1, 0], np.float32)
HITS = {COSINE: [("a", 0.9), ("b", 0.8)], WORDING: [("c", 0.7), ("a", 0.1)], BM25: [("b", 7.0)]}


def asked(spec=SPEC, **query):
    limits = []

    def find(legs):
        limits.extend((leg.name, leg.limit) for leg in legs)
        return [[Hit(case, s, parts={leg.name: s}) for case, s in HITS[leg.name]][: leg.limit] for leg in legs]

    hits = answer(Query(**query), spec=spec, find=find)
    return [hit.id for hit in hits], limits


@pytest.mark.parametrize(
    ("query", "ids", "limits"),
    [
        ({"vector": VECTOR, "k": 1}, ["a"], [(COSINE, 1)]),
        ({"words": "crack", "k": 3}, ["b"], [(BM25, 3)]),
        ({"wording": WRITTEN, "k": 1}, ["c"], [(WORDING, 1)]),
        ({"vector": VECTOR, "words": "crack", "text_weight": 0, "k": 2}, ["a", "b"], [(COSINE, 2)]),
        ({"vector": VECTOR, "words": "crack", "text_weight": 1, "k": 2}, ["b"], [(BM25, 2)]),
        ({"vector": VECTOR, "words": "crack", "k": 1}, ["b"], [(COSINE, 50), (BM25, 50)]),
        (
            {"vector": VECTOR, "wording": WRITTEN, "words": "crack", "k": 300},
            ["c", "b", "a"],
            [(COSINE, 300), (WORDING, 300), (BM25, 300)],
        ),
        ({"vector": VECTOR, "wording": WRITTEN, "words": "crack", "text_weight": 0.9, "k": 1}, ["b"], None),
        ({"words": "the"}, [], []),
    ],
)
def test_what_is_asked(query, ids, limits):
    found, asked_for = asked(**query)
    assert found == ids
    assert limits is None or asked_for == limits


def test_an_index_without_vectors_of_words_is_searched_without_them():
    old = IndexSpec(size=2, average_length=1.0)
    assert asked(old, vector=VECTOR, wording=WRITTEN, words="crack", k=2)[1] == [(COSINE, 50), (BM25, 50)]


@pytest.mark.parametrize(
    ("payload", "legs"),
    [
        ({"case": "a", "image": "objects/x", "text": "A crack."}, {COSINE, BM25}),
        ({"case": "a", "image": "objects/x"}, {COSINE}),
        ({"case": "a", "legs": [WORDING]}, {WORDING}),
    ],
)
def test_a_hit_knows_what_its_case_has(payload, legs):
    hit = StoredEntry.of(payload).hit(0.5, COSINE)
    assert hit.legs == legs
    assert "legs" not in hit.payload


@pytest.mark.parametrize("query", [{"vector": np.ones(3, np.float32)}, {"wording": np.ones(2, np.float32)}])
def test_a_vector_of_another_size_is_refused(query):
    with pytest.raises(UsageError, match=r"vectors of \d numbers, got shape \(\d,\); embed with its own model"):
        asked(**query)
