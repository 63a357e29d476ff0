"""Readers of tables: rows that name pictures and texts, questions, and queries with their answers."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.sources.encode import plane_file
from lexiscope.sources.tables.questions import QuestionsSource
from lexiscope.sources.tables.table import TableSource
from lexiscope.sources.tables.table_row import table_columns
from lexiscope.testing.fuzz.folders import JSON_WORDS, field_seeds
from lexiscope.testing.fuzz.reader import CUT, Reader, pack, unpack
from lexiscope.testing.fuzz.tries import read_source

_SUFFIXES = (".csv", ".tsv", ".jsonl")


def _rows(source: Callable[..., Any], **options: Any) -> Callable[[bytes, Path], int]:
    """Reads the first table of an input, with the other files beside it; columns that it lacks are not asked for."""

    def read(data: bytes, folder: Path) -> int:
        folder.mkdir()
        tables = [path for path in unpack(data, folder) if path.name.endswith(_SUFFIXES)]
        if not tables:
            return 0
        columns = table_columns(tables[0])
        asked = {name: _there(value, columns) for name, value in options.items()}
        return read_source(source(tables[0], **{name: value for name, value in asked.items() if value}))

    return read


def _there(value: Any, columns: Collection[str]) -> Any:
    return tuple(name for name in value if name in columns) if isinstance(value, tuple) else value


def _queries(data: bytes, folder: Path) -> int:
    from lexiscope.evaluate.search.queries import read_queries

    folder.mkdir()
    files = unpack(data, folder)
    queries = read_queries(files[0]) if files else []
    for query in queries:
        query.words.encode()
        assert all(0 < grade < float("inf") for grade in query.relevant.values())
    return len(queries)


def _picture(values: Any) -> bytes:
    return plane_file(np.asarray(values, np.uint8), None).origin.data  # type: ignore[union-attr]


def _pictures() -> Mapping[str, bytes]:
    plane = np.arange(32 * 32).reshape(32, 32)
    return {"a.png": _picture(plane % 251), "b.png": _picture(plane % 3), "m.png": _picture(plane // 400)}


def _mask_seeds() -> Iterator[bytes]:
    yield pack({"a.csv": b"id,image,mask,classes\n1,a.png,m.png,background;pore;crack\n2,b.png,,\n", **_pictures()})
    yield pack({"a.csv": b"id;image;mask;classes\n1;a.png;m.png;\n2;b.png;m.png;bg\n", **_pictures()})
    row = b'{"id": 1, "image": "a.png", "mask": "m.png", "classes": "background;pore;crack"}\n'
    yield pack({"a.jsonl": row + row.replace(b"1", b"2", 1), **_pictures()})


def _question_seeds() -> Iterator[bytes]:
    rows = b"image,question,answer,kind\na.png,Is it grey?,Yes,closed\na.png,What is it?,A pore,defect\n"
    yield pack({"a.csv": rows, **_pictures()})
    yield pack({"a.csv": rows.decode().replace(",", ";").encode("utf-16"), **_pictures()})
    yield pack({"a.jsonl": b'{"image": "./a.png", "question": "Q?", "answer": true, "kind": null}\n', **_pictures()})


def _query_seeds() -> Iterable[bytes]:
    yield pack({"q.jsonl": b'{"query": "a pore", "cases": ["a", "b"]}\n{"query": "\xc2\xb5", "cases": ["c"]}\n'})
    yield pack({"q.qrels": b"t1 0 a 2\nt1 0 b 0\nt2 0 c d 1\n", "q.topics.tsv": b"t1\ta pore\nt2\ta crack\n"})


_WORDS = (CUT, b'"', b"sep=;\n", b"\xff\xfe", b"NaN", b"..", b"\\", b"\r", b"1,5", b'""', *JSON_WORDS)

TABLE = Reader(
    _rows(TableSource, image_columns=("image",), text_columns=("caption",), attribute_columns=("scale",)),
    lambda: field_seeds()["table"],
    _WORDS,
)
MASKS = Reader(
    _rows(TableSource, image_columns=("image",), mask_columns=("mask",), class_column="classes", tiles=16),
    _mask_seeds,
    _WORDS,
)
QUESTIONS = Reader(_rows(QuestionsSource, kind_column="kind"), _question_seeds, _WORDS)
QUERIES = Reader(_queries, _query_seeds, _WORDS)
