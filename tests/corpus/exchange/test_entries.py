"""Entries of JSON lists and lines: one at a time, broken ones named, memory bounded."""

import io
import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import UsageError
from lexiscope.corpus.exchange import entries as module
from lexiscope.corpus.exchange.entries import read_entries

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def read(text: str, name: str = "a.json") -> list[Any]:
    return list(read_entries(io.StringIO(text), where=Path(name)))


@pytest.mark.slow
@given(entries=st.lists(st.dictionaries(st.text(), VALUES)), chunk=st.integers(1, 40), ascii=st.booleans())
def test_any_list_and_any_lines_read_in_pieces_are_what_json_reads(entries: list[Any], chunk: int, ascii: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        whole = json.dumps(entries, ensure_ascii=ascii, indent=1)
        assert [entry.record for entry in read(whole)] == entries
        lines = "\n".join(json.dumps(entry, ensure_ascii=ascii) for entry in entries)
        assert [entry.record for entry in read(lines, "a.jsonl")] == entries


def test_a_broken_line_costs_one_and_a_broken_list_ends_there() -> None:
    items = read('{"id": 1}\n{"id": "x\nnonsense\n{"id": [1, 2\n{"id": 5}\n', "a.jsonl")
    assert [(entry.number, bool(entry.broken)) for entry in items] == [(0, 0), (1, 1), (2, 1), (3, 1), (4, 0)]
    for text, reason in (
        ('[{"id": 1}, {"id": }, {"id": 3}]', "Expecting value, near '}, {"),
        ('[{"id": 1}, {"id": 2', "Expecting ',' delimiter"),
        ('[{"id": 1} {"id": 2}]', "got '{' for a comma"),
        ('[{"id": 1}', "the list ends in the middle"),
        ('[{"id": 1},' + "[" * 100_000, "maximum recursion depth"),
    ):
        first, last = read(text)
        assert (first.record, last.number) == ({"id": 1}, 1)
        assert reason in last.broken
        assert "those behind it cannot be read" in last.broken


@pytest.mark.parametrize("text", ["", "  ", "nonsense", "3", '"a"'])
def test_what_is_neither_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="expected a JSON list of conversations at"):
        read(text)
    assert all(entry.broken or not isinstance(entry.record, dict) for entry in read(text, "a.jsonl"))


def test_an_entry_that_is_too_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 10)
    monkeypatch.setattr(module, "_LONGEST", 100)
    text = json.dumps([{"id": 1}, {"id": "x" * 1000}])
    assert "an entry of more than 100 characters" in read(text)[-1].broken


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    rng, path = random.Random(0), tmp_path / "a.json"
    entry = {"id": "x", "conversations": [{"from": "human", "value": "word " * 500}]}
    with path.open("w") as stream:
        stream.write("[")
        for number in range(9000):
            stream.write("," * bool(number) + json.dumps({**entry, "id": f"{number}-{rng.random()}"}))
        stream.write("]")
    assert path.stat().st_size > 20 << 20
    tracemalloc.start()
    with path.open() as opened:
        assert sum(1 for _ in read_entries(opened, where=path)) == 9000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20
