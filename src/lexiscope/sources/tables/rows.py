"""Rows of CSV, TSV and JSON-lines files, one at a time, whatever their encoding and however broken a line is."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import IO, Any

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Rejected
from lexiscope.sources.steady import steady
from lexiscope.sources.tables.dialect import LONGEST_LINE, PLAIN, Dialect, find_dialect
from lexiscope.sources.tables.records import BrokenRecord, records

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl")
_SAMPLED = 100  # rows that are looked at to learn the columns of a JSON-lines file


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Args:
        number: Number of the row, from 1; the line of a JSON-lines file.
        cells: Column -> its cell.
        steps: What was guessed to read it.
        dialect: Form of its table.
    """

    number: int
    cells: dict[str, Any]
    steps: tuple[str, ...] = ()
    dialect: Dialect = PLAIN


def read_rows(path: Path) -> Iterator[Row | Rejected]:
    """Every row of a .csv, .tsv or .jsonl file; one that cannot be read is a `Rejected`.

    So is the table itself, after its rows, when somebody wrote to it meanwhile: its last rows may be torn.

    `find_dialect` tells encoding and delimiter. Of columns with the same name the first keeps it, the others are
    "name (2)", "name (3)" ...

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> path.write_text("image;age" + chr(10) + "a.png;61")
        18
        >>> [row.cells for row in read_rows(path)]
        [{'image': 'a.png', 'age': '61'}]
    """
    try:
        with steady(path):
            dialect = find_dialect(path)
            with dialect.open(path) as stream:
                yield from (_json_rows if path.suffix.lower() == ".jsonl" else _csv_rows)(path, stream, dialect)
    except SourceError as error:
        yield Rejected(str(path), f"{error}: rows of it may be torn or missing", error.remedy)


def read_columns(path: Path) -> list[str]:
    """The columns of a table: its header, or the fields of the first hundred JSON lines. Empty for an empty table.

    Raises:
        SourceError: it is gone, or was changed meanwhile.
    """
    if path.suffix.lower() == ".jsonl":
        sampled = (row for row in islice(read_rows(path), _SAMPLED) if isinstance(row, Row))
        return list(dict.fromkeys(column for row in sampled for column in row.cells))
    with steady(path):
        dialect = find_dialect(path)
        with dialect.open(path) as stream:
            header = next(records(stream, delimiter=dialect.delimiter), [])
    return [] if isinstance(header, BrokenRecord) else _columns(header)


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


def _columns(header: list[str]) -> list[str]:
    """The names of a header without space around them, each of them once."""
    seen: Counter[str] = Counter()
    columns = []
    for name in map(str.strip, header):
        seen[name] += 1
        columns.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return columns


def _csv_rows(path: Path, stream: IO[str], dialect: Dialect) -> Iterator[Row | Rejected]:
    rows = records(stream, delimiter=dialect.delimiter)
    header = next(rows, [])
    if isinstance(header, BrokenRecord):
        yield Rejected(f"{path}:0", f"the header cannot be read: {header.reason}", "repair the header")
        return
    columns, twice = _columns(header), _repeated(header)
    for number, cells in enumerate(rows, start=1):
        if isinstance(cells, BrokenRecord):
            yield Rejected(
                f"{path}:{number}", f"row {number} cannot be read: {cells.reason}", "repair the row or remove it"
            )
        elif any(cell.strip() for cell in cells[len(columns) :]):
            reason = f"row {number} has {len(cells)} cells, the header has {len(columns)}"
            yield Rejected(f"{path}:{number}", reason, "quote cells that hold the delimiter")
        elif any(cell.strip() for cell in cells):
            yield Row(number, dict(zip(columns, cells, strict=False)), twice + _short(cells, columns), dialect)


def _repeated(header: list[str]) -> tuple[str, ...]:
    """Notes on columns of one name."""
    repeated = sorted({name for name, times in Counter(map(str.strip, header)).items() if name and times > 1})
    return tuple(f"of several columns {name!r} of the table the first was read" for name in repeated)


def _short(cells: list[str], columns: list[str]) -> tuple[str, ...]:
    missing = len(columns) - len(cells)
    return (f"the row lacks the last {missing} of {len(columns)} cells, which count as empty",) if missing > 0 else ()


def _json_rows(path: Path, stream: IO[str], dialect: Dialect) -> Iterator[Row | Rejected]:
    for number, line in enumerate(_lines(stream), start=1):
        if line is None:
            reason = f"line {number} is longer than {LONGEST_LINE:,} characters"
            yield Rejected(f"{path}:{number}", reason, "shorten the line or remove it")
        elif line.strip():
            yield _json_row(path, number, line, dialect)


def _json_row(path: Path, number: int, line: str, dialect: Dialect) -> Row | Rejected:
    try:
        record = json.loads(line, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        return Rejected(f"{path}:{number}", f"line {number} is no JSON: {error}", "repair the line or remove it")
    if isinstance(record, dict):
        return Row(number, record, dialect=dialect)
    reason = f"line {number} must be a JSON object, got {type(record).__name__}"
    return Rejected(f"{path}:{number}", reason, 'write one {"column": value} object a line')


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names have no space around them.

    Raises:
        ValueError: a name occurs twice.
    """
    record = {name.strip(): value for name, value in pairs}
    if len(record) < len(pairs):
        name = next(name for name, times in Counter(name.strip() for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the field {name!r} occurs twice in one object")
    return record


def _lines(stream: IO[str]) -> Iterator[str | None]:
    """The lines of a stream; None for one that is too long."""
    while line := stream.readline(LONGEST_LINE):
        whole = len(line) < LONGEST_LINE or line.endswith("\n")
        yield line if whole else None
        while not whole:
            line = stream.readline(LONGEST_LINE)
            whole = len(line) < LONGEST_LINE or line.endswith("\n")
