"""Rows of CSV, TSV and JSON-lines files, one at a time, whatever their encoding and however broken a line is."""

import codecs
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import IO, Any

from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Rejected

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl")
_SAMPLED = 100  # rows that are looked at to learn the columns of a JSON-lines file
_LONGEST_LINE = 16 << 20  # characters; a file without line ends is read in pieces of this size


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number (from 1; the line of a JSON-lines file) and its cells by column."""

    number: int
    cells: dict[str, Any]


def read_rows(path: Path) -> Iterator[Row | Rejected]:
    """Every row of a .csv (commas or semicolons), .tsv or .jsonl file; one that cannot be read is a `Rejected`.

    Text is UTF-8, with or without a byte order mark; Latin-1 where it is not valid UTF-8.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> path.write_text("image;age" + chr(10) + "a.png;61")
        18
        >>> [row.cells for row in read_rows(path)]
        [{'image': 'a.png', 'age': '61'}]
    """
    with path.open(encoding=_encoding(path), newline="") as stream:
        if path.suffix.lower() == ".jsonl":
            yield from _json_rows(path, stream)
        else:
            yield from _csv_rows(path, stream, delimiter=_delimiter(path, stream))


def read_columns(path: Path) -> list[str]:
    """The columns of a table: its header, or the fields of the first hundred JSON lines. Empty for an empty table."""
    if path.suffix.lower() == ".jsonl":
        sampled = (row for row in islice(read_rows(path), _SAMPLED) if isinstance(row, Row))
        return list(dict.fromkeys(column for row in sampled for column in row.cells))
    with path.open(encoding=_encoding(path), newline="") as stream:
        return _csv_header(stream, delimiter=_delimiter(path, stream))


def check_columns(path: Path, wanted: list[str], columns: list[str]) -> None:
    """Refuse a column that the table lacks.

    Raises:
        UsageError: it is missing; the message proposes the nearest one and lists all.

    Example:
        >>> check_columns(Path("visits.csv"), ["imge"], ["image", "age"])
        Traceback (most recent call last):
        lexiscope.core.errors.UsageError: visits.csv has no column 'imge'. Did you mean 'image'? Its columns: image, age
    """
    for column in wanted:
        if column not in columns:
            near = get_close_matches(column, columns, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"{path.name} has no column {column!r}.{hint} Its columns: {', '.join(columns)}")


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(1 << 16):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8-sig"


def _delimiter(path: Path, stream: IO[str]) -> str:
    """Tab in a .tsv; in a .csv comma or semicolon, whichever the header has more of."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    header = stream.readline(_LONGEST_LINE)
    stream.seek(0)
    return ";" if header.count(";") > header.count(",") else ","


def _lines(stream: IO[str]) -> Iterator[str]:
    return iter(lambda: stream.readline(_LONGEST_LINE), "")


def _json_rows(path: Path, stream: IO[str]) -> Iterator[Row | Rejected]:
    for number, line in enumerate(_lines(stream), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Rejected(f"{path}:{number}", f"line {number} is no JSON: {error}", "repair the line or remove it")
            continue
        if isinstance(record, dict):
            yield Row(number, record)
        else:
            reason = f"line {number} must be a JSON object, got {type(record).__name__}"
            yield Rejected(f"{path}:{number}", reason, 'write one {"column": value} object a line')


def _csv_header(stream: IO[str], *, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(_lines(stream), delimiter=delimiter), [])]
    except csv.Error:
        return []


def _csv_rows(path: Path, stream: IO[str], *, delimiter: str) -> Iterator[Row | Rejected]:
    header = _csv_header(stream, delimiter=delimiter)
    reader = csv.reader(_lines(stream), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(f"{path}:{number}", f"row {number} cannot be read: {error}", "repair the row or remove it")
            continue
        if len(cells) > len(header):
            reason = f"row {number} has {len(cells)} cells, the header has {len(header)}"
            yield Rejected(f"{path}:{number}", reason, "quote cells that hold the delimiter")
        elif any(cell.strip() for cell in cells):
            yield Row(number, dict(zip(header, cells, strict=False)))
