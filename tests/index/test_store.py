"""The contract of a vector store, met by the embedded one and by a server."""

import numpy as np
import pytest

from lexiscope.core.errors import IndexStoreError, UsageError
from lexiscope.index import Entry, IndexSpec, Query, Store, VectorIndex, parse_filter

SPEC = IndexSpec(size=8, average_length=2.0, fields={"split": "word", "group": "word", "attributes.age": "number"})
NAME = "lexiscope-test"


def fill(store: Store, entries: list[Entry]) -> VectorIndex:
    index = store.create(NAME, SPEC)
    index.upsert(entries)
    index.finish()
    index.close()
    return store.open(NAME, SPEC)


def unit(rng: np.random.Generator, n: int) -> np.ndarray:
    x = rng.standard_normal((n, 8)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def axis(place: int) -> np.ndarray:
    return np.eye(8, dtype=np.float32)[place]


FOUR = [
    Entry(
        "a",
        axis(0),
        "left lesion",
        {"group": "7", "split": "test", "modalities": ["t1", "flair"], "attributes": {"age": 50}},
    ),
    Entry(
        "b", axis(1), "right lesions", {"group": "8", "split": "train", "attributes": {"age": 60.5, "in situ": "true"}}
    ),
    Entry("ü 日本", None, "only words: Gefüge 組織", {"group": "x"}),
    Entry("d", axis(2), "", {"group": "7", "split": "train", "attributes": {"age": "unknown"}}),
]


@pytest.fixture(scope="module")
def four(lasting_store: Store) -> VectorIndex:
    return fill(lasting_store, FOUR)


def test_search_by_vector_equals_brute_force(store: Store) -> None:
    rng = np.random.default_rng(0)
    vectors, query = unit(rng, 200), unit(rng, 1)[0]
    index = fill(store, [Entry(f"case-{i}", vector) for i, vector in enumerate(vectors)])
    hits = index.search(Query(query, k=10))
    best = np.argsort(-(vectors @ query))[:10]
    assert [hit.id for hit in hits] == [f"case-{i}" for i in best]
    np.testing.assert_allclose([hit.score for hit in hits], (vectors @ query)[best], atol=1e-5)
    assert index.count() == 200


def test_words_score_as_bm25_by_hand(four: VectorIndex) -> None:
    """Documents of average length: f·(k+1)/(f+k) = 2.2/2.2 = 1 for each word, so a score is a sum of idf."""
    # three entries have text; "lesion" is in two of them, "right" in one
    hits = four.search(Query(words="RIGHT lesion"))
    assert [hit.id for hit in hits] == ["b", "a"]
    assert hits[0].score == pytest.approx(np.log(1 + 1.5 / 2.5) + np.log(1 + 2.5 / 1.5), abs=1e-5)
    assert hits[1].score == pytest.approx(np.log(1 + 1.5 / 2.5), abs=1e-5)


def test_words_of_any_script_are_found(four: VectorIndex) -> None:
    assert [hit.id for hit in four.search(Query(words="組織"))] == ["ü 日本"]
    assert [hit.id for hit in four.search(Query(words="gefüge"))] == ["ü 日本"]


def test_words_that_say_nothing_find_nothing(four: VectorIndex) -> None:
    assert four.search(Query(words="the of")) == []
    assert four.search(Query(words="zeppelin")) == []


def test_both_are_fused_by_weighted_scores(four: VectorIndex) -> None:
    """Weights 0.5 and 1 of 1.5. By vector: a 2/sqrt 5, b 1/sqrt 5, d 0. By words, of the best: b 1, a its share."""
    query = (axis(0) + 0.5 * axis(1)) / np.float32(np.sqrt(1.25))
    hits = four.search(Query(query, words="right lesion"))
    bm25 = {hit.id: hit.score for hit in four.search(Query(words="right lesion"))}
    assert [hit.id for hit in hits] == ["b", "a", "d"]
    expected = [
        (0.5 / np.sqrt(5) + 1) / 1.5,
        (1.0 / np.sqrt(5) + bm25["a"] / bm25["b"]) / 1.5,
        0.2 / 1.5,  # no text: the neutral score of exact words
    ]
    assert [hit.score for hit in hits] == pytest.approx(expected, abs=1e-4)
    assert hits[1].parts["cosine"] == pytest.approx(2 / np.sqrt(5), abs=1e-5)
    assert set(hits[2].parts) == {"cosine"}


def test_the_best_passage_of_a_case_counts(store: Store) -> None:
    spec = IndexSpec(size=8, average_length=2.0, wording=8)
    index = store.create(NAME, spec)
    both = np.stack([axis(3), axis(5)])
    index.upsert(
        [Entry("two", None, wordings=both), Entry("one", None, wordings=axis(4)[None]), Entry("bare", axis(0))]
    )
    index.finish()
    hits = index.search(Query(wording=axis(5), k=3))
    assert [hit.id for hit in hits] == ["two", "one"]
    assert [hit.score for hit in hits] == pytest.approx([1.0, 0.0], abs=1e-5)
    assert hits[0].parts.keys() == {"wording"}
    fused = index.search(Query(axis(0), wording=axis(5), k=3))
    assert [hit.id for hit in fused] == ["bare", "two", "one"], "a case of images alone must not be punished"
    assert dict(fused[0].parts) == {"cosine": pytest.approx(1.0, abs=1e-5)}


def test_text_weight_turns_from_meaning_to_words(four: VectorIndex) -> None:
    assert [hit.id for hit in four.search(Query(axis(0), words="right", text_weight=1))] == ["b"]
    by_meaning = four.search(Query(axis(0), words="right", text_weight=0))
    assert (by_meaning[0].id, by_meaning[0].score) == ("a", pytest.approx(1.0))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("split=test", {"a"}),
        ("split!=test", {"b", "d"}),
        ("split in test, train", {"a", "b", "d"}),
        ("group=7", {"a", "d"}),
        ("modalities=flair", {"a"}),
        ("attributes.age>=50", {"a", "b"}),
        ("attributes.age>50", {"b"}),
        ("attributes.age<60.5", {"a"}),
        ("attributes.age<=60.5", {"a", "b"}),
        ("attributes.age=50.0", {"a"}),
        ("attributes.age=unknown", {"d"}),
        ("attributes.in situ=true", {"b"}),
        ("case=d", {"d"}),
    ],
)
def test_filters_keep_what_they_say(four: VectorIndex, condition: str, expected: set[str]) -> None:
    where = parse_filter([condition])
    assert {hit.id for hit in four.search(Query(axis(0), where=where))} == expected


def test_filters_hold_together(four: VectorIndex) -> None:
    where = parse_filter(["group=7", "split=train"])
    assert [hit.id for hit in four.search(Query(axis(0), words="lesion", where=where))] == ["d"]


def test_entry_with_a_known_id_is_replaced(store: Store) -> None:
    index = store.create(NAME, SPEC)
    index.upsert([Entry("a", axis(0), "old", {"group": "1"})])
    assert index.search(Query(axis(0)))[0].payload["group"] == "1"  # what a store may keep of it is outdated soon
    index.upsert([Entry("a", axis(1), "new", {"group": "2"})])
    index.finish()
    assert index.count() == 1
    assert index.search(Query(words="old")) == []
    assert index.search(Query(axis(1)))[0].payload == {"case": "a", "group": "2"}


def test_creating_again_throws_a_half_built_collection_away(store: Store) -> None:
    index = store.create(NAME, SPEC)
    index.upsert(FOUR)
    index.close()
    assert fill(store, [Entry("z", axis(3))]).count() == 1


def test_missing_collection_is_refused(store: Store) -> None:
    with pytest.raises(IndexStoreError, match="found none; build it again"):
        store.open("lexiscope-absent", SPEC)


def test_query_of_another_size_is_refused(four: VectorIndex) -> None:
    with pytest.raises(UsageError, match="vectors of 8 numbers, got shape \\(3,\\)"):
        four.search(Query(np.ones(3, np.float32)))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "needs a vector, words or both"),
        ({"words": "x", "k": 0}, "at least 1, got 0"),
        ({"words": "x", "text_weight": 1.5}, "between 0"),
    ],
)
def test_senseless_query_is_refused(query: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Query(**query)  # type: ignore[arg-type]
