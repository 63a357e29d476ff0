"""Values that no corpus can store are refused by the nouns, with a `CaseError` and never another one."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core import Case, Image, Passage, Provenance, Span, Turn
from lexiscope.core.errors import CaseError
from lexiscope.core.storable import LONGEST_NAME
from lexiscope.corpus.rows import SCHEMA, row_of

WHOLE = {
    "id": "a",
    "group": "g",
    "provenance": {"source": "table", "licence": "CC0", "locator": {"row": 3, "box": [0.5, 1.0]}, "steps": ["cut"]},
    "images": {"sem": {"content": "0" * 64, "modality": "sem", "format": "png", "shape": [4, 5], "spacing": [1.0, 1.0],
                       "unit": "nm"}},
    "masks": {},
    "texts": [{"kind": "caption", "text": "A pore.", "author": "human", "column": "legend", "states": ["kind"]}],
    "turns": [{"question": "Open?", "answer": "yes", "evidence": [{"passage": 0, "start": 0, "end": 1}], "topic": "t"}],
    "attributes": {"age": 61},
    "split": "train",
}  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


def changed(path: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    record = json.loads(json.dumps(WHOLE))
    inner = record
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return record


odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(st.characters(codec=None), max_size=5),  # with lone surrogates and NUL
    st.sampled_from(["\ud800", "a\udcff", "a\0b", "x" * 5000, 10**400, float("nan"), float("-inf"), "", " "]),
    st.recursive(st.none(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner)),
)


@pytest.mark.slow
@given(path=st.sampled_from([path for path in places(WHOLE) if path]), odd=odd_values)
def test_an_odd_value_anywhere_is_refused_or_stored(path: tuple[Any, ...], odd: Any) -> None:
    import pyarrow as pa

    with contextlib.suppress(CaseError):
        case = Case.from_dict(changed(path, odd))
        pa.Table.from_pylist([row_of(case, {})], schema=SCHEMA)
        json.loads(json.dumps(case.to_dict(), allow_nan=False).encode())


def of(**changes: Any) -> Callable[[], Case]:
    return lambda: Case(**{"id": "a", "group": "g", "provenance": Provenance("table"), **changes})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (of(id=5), "id of a case must be text, got int 5"),
        (of(id="\ud800x"), "id of a case must be text that UTF-8 can write, got half a character at 0"),
        (of(id="a\0b"), "id of a case must hold no NUL"),
        (of(id="x" * (LONGEST_NAME + 1)), "at most 4,096 characters, got 4,097"),
        (of(group=["g"]), "group of case a must be text, got list"),
        (of(split={"a": 1}), "split of case a must be text, got dict"),
        (of(attributes=[1]), "attributes of case a must be names with their values, got list"),
        (of(attributes={"age": float("nan")}), "'age' must be a finite number, got nan; leave it out"),
        (
            lambda: Image("0" * 64, "sem", "png", (4, 5), spacing=(10**400, 1.0), unit="nm"),
            "spacing of sem must be 2 positive numbers of nm",
        ),
        (of(attributes={"n": 10**400}), "'n' must fit 64 bits, got a number of 1329 bits"),
        (of(attributes={"n": {"b": [1]}}), "'n' must be text, a number, true or false, got dict"),
        (of(attributes={"n": None}), "'n' must be text, a number, true or false, got NoneType"),
        (of(attributes={"n": "\ud800"}), "'n' must be text that UTF-8 can write"),
        (of(provenance=Provenance("table", licence=None)), "licence of case a must be text, got NoneType"),
        (of(provenance=Provenance("table", locator=[1])), "locator of case a must be names with their values"),
        (of(provenance=Provenance("table", steps=({"a": 1},))), "steps of case a must be a list of str"),
        (lambda: Passage("caption", 5), "the text of a caption must be text, got int 5"),
        (lambda: Turn("why?", ["a"]), "an answer must be text, got list"),
        (lambda: Turn("why?", "a", topic={"x": 1}), "the topic of a turn must be text"),
        (lambda: Span(0, "1", 2), "start of a span must be a whole number, got str '1'"),
        (lambda: Image("0" * 64, "sem", "../x", (4, 4)), "format of sem must be a word such as 'png'"),
        (lambda: Image("0" * 64, "sem", "png", (4, 2**40)), "each size of an image must be a whole number"),
    ],
)
def test_what_was_expected_and_what_came(make: Callable[[], object], message: str) -> None:
    with pytest.raises(CaseError, match=message):
        make()
