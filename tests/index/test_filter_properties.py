"""Filters as people write them: read back the same, and the same cases in `admits`, the embedded store and a server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lexiscope.index import INDEXES, Entry, IndexSpec, Query, VectorIndex, parse_filter
from lexiscope.index.filter import FIELDS, OPERATORS, Condition
from lexiscope.testing.qdrant import FakeQdrant, serving

_WORD = st.text(st.characters(categories=["L", "N"], include_characters=" ._-é"), min_size=1, max_size=8).map(str.strip)
_WORD = _WORD.filter(lambda text: text and " in " not in f" {text} ")
_NUMBER = st.one_of(st.integers(-100, 100), st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 2)))
_VALUES = ("train", "test", "5", "5.0", "left lobe", "true", "1e1")
_NUMBERS = (5, 5.0, -2, 10, 60.5, 0)


def payload(seed: int) -> dict[str, Any]:
    """Fields of one case: some missing, some of several values, some numbers and some words that look like numbers."""
    rng = np.random.default_rng(seed)
    fields: dict[str, Any] = {}
    for field in ("group", "split", "licence"):
        if rng.random() < 0.8:
            fields[field] = str(rng.choice(_VALUES))
    if rng.random() < 0.8:
        fields["modalities"] = [str(name) for name in rng.choice(_VALUES, int(rng.integers(1, 3)), replace=False)]
    attributes: dict[str, Any] = {}
    if rng.random() < 0.8:
        attributes["age"] = _NUMBERS[int(rng.integers(len(_NUMBERS)))]
    if rng.random() < 0.8:
        attributes["in situ"] = str(rng.choice(_VALUES))
    return {**fields, "attributes": attributes} if attributes else fields


ENTRIES = [Entry(f"case-{i}", np.eye(2, dtype=np.float32)[i % 2], payload=payload(i)) for i in range(40)]


def conditions() -> st.SearchStrategy[str]:
    """Conditions on values that the entries have or nearly have."""
    fields = st.sampled_from(["group", "split", "licence", "modalities", "attributes.age", "attributes.in situ"])
    word = st.sampled_from([*_VALUES, *map(str, _NUMBERS), "other"])
    equal = st.tuples(fields, st.sampled_from(["=", "!="]), word).map("".join)
    among = st.tuples(fields, st.lists(word, min_size=1, max_size=3)).map(
        lambda pair: f"{pair[0]} in {','.join(pair[1])}"
    )
    order = st.tuples(fields, st.sampled_from([">", ">=", "<", "<="]), _NUMBER).map(
        lambda three: "".join(map(str, three))
    )
    return st.one_of(equal, among, order)


@pytest.fixture(scope="module", params=list(INDEXES))
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorIndex]:
    if request.param == "server":
        with serving(FakeQdrant()) as url:
            yield filled(INDEXES.load("server")(url))
    else:
        yield filled(INDEXES.load(request.param)(Path(tmp_path_factory.mktemp("index"))))


def filled(store: Any) -> VectorIndex:
    spec = IndexSpec(size=2, average_length=1.0, fields={"split": "word", "attributes.age": "number"})
    index: VectorIndex = store.create("lexiscope-filters", spec)
    index.upsert(ENTRIES)
    index.finish()
    return index


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(texts=st.lists(conditions(), min_size=1, max_size=2))
def test_a_store_returns_what_a_filter_admits(index: VectorIndex, texts: list[str]) -> None:
    where = parse_filter(texts)
    hits = index.search(Query(np.ones(2, np.float32), k=len(ENTRIES), where=where))
    assert {hit.id for hit in hits} == {entry.id for entry in ENTRIES if where.admits(fields(entry))}


def fields(entry: Entry) -> dict[str, Any]:
    plain = {name: value for name, value in entry.payload.items() if name != "attributes"}
    return {**plain, **{f"attributes.{name}": value for name, value in entry.payload.get("attributes", {}).items()}}


@given(
    field=st.one_of(st.sampled_from(FIELDS), _WORD.map(lambda name: f"attributes.{name}")),
    operator=st.sampled_from(OPERATORS),
    words=st.lists(_WORD, min_size=1, max_size=3),
    number=_NUMBER,
    spaces=st.booleans(),
)
def test_a_condition_is_read_as_it_was_written(
    field: str, operator: str, words: list[str], number: float, spaces: bool
) -> None:
    if operator in (">", ">=", "<", "<="):
        words = [str(number)]
    elif operator != "in":
        words = words[:1]
    gap = " " if spaces or operator == "in" else ""
    text = f"{field}{gap}{operator}{gap}{','.join(words)}"
    assert parse_filter([text]).conditions == (Condition(field, operator, tuple(words)),)
