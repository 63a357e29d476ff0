"""`check_index`: what every vector store must do, whatever engine is behind it."""

import numpy as np
from jaxtyping import Float32

from lexiscope.core.errors import IndexStoreError, UsageError
from lexiscope.index import Entry, IndexSpec, Query, Store, VectorIndex, parse_filter

_SPEC = IndexSpec(size=4, average_length=2.0, fields={"split": "word", "attributes.age": "number"})
_NAME = "lexiscope-contract"


def check_index(store: Store) -> None:
    """Fail where a store breaks its contract.

    Entries are found by vector, by words and by both, best first and filtered; one with a known id replaces the old
    one; a collection is opened again as it was finished; what is missing, and a vector of another size, is refused.

    Args:
        store: An empty store.
    """
    index = store.create(_NAME, _SPEC)
    index.upsert([Entry("b", _axis(0), "outdated")])
    index.upsert(_entries())
    index.finish()
    index.close()
    index = store.open(_NAME, _SPEC)
    _check_hits(index)
    assert index.count() == len(_entries()), "an entry with a known id must replace the old one"
    _refuses_other_sizes(index)
    index.close()
    _starts_again_empty(store)
    try:
        store.open("lexiscope-absent", _SPEC)
    except IndexStoreError:
        return
    raise AssertionError("a collection that is not there must be refused with IndexStoreError")


def _entries() -> list[Entry]:
    return [
        Entry("a", _axis(0), "left lesion", {"split": "train", "attributes": {"age": 50}}),
        Entry("b", _axis(1), "right lesion", {"split": "test", "attributes": {"age": 61.5}}),
        Entry("ü 日本", None, "Gefüge", {"split": "test"}),
        Entry("d", _axis(2), "", {"split": "train"}),
    ]


def _axis(number: int) -> Float32[np.ndarray, " d"]:
    return np.eye(_SPEC.size, dtype=np.float32)[number]


def _check_hits(index: VectorIndex) -> None:
    near_a = np.array([0.8, 0.6, 0.0, 0.0], np.float32)
    hits = index.search(Query(near_a, k=2))
    assert [hit.id for hit in hits] == ["a", "b"], f"expected the nearest first and no more than k, got {hits}"
    np.testing.assert_allclose([hit.score for hit in hits], [0.8, 0.6], atol=1e-3)
    assert hits[0].payload == {"case": "a", "split": "train", "attributes": {"age": 50}}
    assert hits[0].parts.keys() == {"cosine"}
    by_words = index.search(Query(words="Lesions on the RIGHT"))
    assert [hit.id for hit in by_words] == ["b", "a"], f"expected word forms to match, got {by_words}"
    assert [hit.id for hit in index.search(Query(words="gefüge"))] == ["ü 日本"]
    assert index.search(Query(words="outdated")) == [], "a replaced entry must not be found by its old words"
    both = index.search(Query(near_a, words="right", k=4))
    assert {hit.id for hit in both} == {"a", "b", "d"}
    assert both[0].parts.keys() == {"cosine", "bm25"}, f"b is found both ways and must lead, got {both}"
    for condition, expected in (
        ("split=train", {"a", "d"}),
        ("attributes.age>=61.5", {"b"}),
        ("attributes.age!=50", {"b", "d"}),
    ):
        ids = {hit.id for hit in index.search(Query(near_a, where=parse_filter([condition])))}
        assert ids == expected, f"{condition} must leave {expected}, got {ids}"


def _refuses_other_sizes(index: VectorIndex) -> None:
    try:
        index.search(Query(np.ones(3, np.float32)))
    except UsageError:
        return
    raise AssertionError("a vector of another size must be refused with UsageError")


def _starts_again_empty(store: Store) -> None:
    index = store.create(_NAME, _SPEC)
    assert index.count() == 0, "a collection that is created again must start empty"
    index.close()
