"""Facts of a table about cases that lie elsewhere: columns are found by their names, rows are joined by the case's."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path

from lexiscope.core.case import Scalar
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.passage import PASSAGE_KINDS, Passage
from lexiscope.sources.draft import Rejected
from lexiscope.sources.tables.cells import cell_attribute, cell_passages, cell_text, stated_text
from lexiscope.sources.tables.rows import TABLE_SUFFIXES, Row, read_columns, read_rows

_ID_COLUMNS = ("case", "id")
_TEXT_COLUMNS = ("text", *PASSAGE_KINDS)
_GROUP_COLUMNS = ("group", "patient", "patient_id", "subject", "subject_id")
_LICENCE_COLUMNS = ("licence", "license")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Facts of one row about one case; the fields are those of a `Case`."""

    name: str
    group: str = ""
    split: str | None = None
    licence: str = ""
    texts: tuple[Passage, ...] = ()
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    locator: Mapping[str, Scalar] = field(default_factory=dict)
    steps: tuple[str, ...] = ()


def sole_table(folder: Path) -> Path | None:
    """The only table that lies in `folder`, else the only one of its name beside it (`cases.csv` of `cases/`).

    None when there is none or a choice.
    """
    within = [path for path in sorted(folder.iterdir()) if _is_table(path)]
    beside = (
        [] if within else [path for path in sorted(folder.parent.glob(f"{escape(folder.name)}.*")) if _is_table(path)]
    )
    tables = [*within, *beside]
    return tables[0] if len(tables) == 1 else None


def join_column(table: Path, names: Collection[str]) -> str:
    """The column that names the cases: `case` or `id`, else the first in which a row names one of `names`.

    Raises:
        UsageError: no such table, or no such column.
    """
    if not table.is_file() or table.suffix.lower() not in TABLE_SUFFIXES:
        raise UsageError(f"expected a {', '.join(TABLE_SUFFIXES)} file of cases, got {table}; check --table")
    columns = read_columns(table)
    named = [column for column in columns if column.strip().lower() in _ID_COLUMNS]
    for row in read_rows(table):
        if isinstance(row, Row):
            for column in (*named, *columns):
                if str(row.cells.get(column, "")).strip() in names:
                    return column
    some = ", ".join(sorted(names)[:3])
    msg = f"no column of {table.name} names the cases ({some}, ...). Its columns: {', '.join(columns)}"
    raise UsageError(f"{msg}; add a column 'case' with the names of the folders")


def read_facts(table: Path, column: str) -> Iterator[CaseFacts | Rejected]:
    """Every row of a table as facts, one at a time.

    Columns called split, group (patient, subject), licence, text or like a passage kind are what they say; every other
    one is an attribute.

    Args:
        column: The column that names the case.
    """
    for row in read_rows(table):
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            yield _facts(row, table, column)
        except SourceError as error:
            yield Rejected(f"{table}:{row.number}", str(error), error.remedy)


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in TABLE_SUFFIXES and path.is_file()


def _facts(row: Row, table: Path, column: str) -> CaseFacts:
    name = cell_text(row.cells.get(column))
    if not name:
        raise SourceError(f"the row has no {column}", remedy="name the case")
    by_meaning = {key.strip().lower(): key for key in row.cells if key != column}
    special = {by_meaning.get(name) for name in ("split", *_TEXT_COLUMNS, *_GROUP_COLUMNS[:1], *_LICENCE_COLUMNS)}
    return CaseFacts(
        name,
        group=_first(row, by_meaning, _GROUP_COLUMNS),
        split=_first(row, by_meaning, ("split",)) or None,
        licence=_first(row, by_meaning, _LICENCE_COLUMNS),
        texts=tuple(_passages(row, [by_meaning[meaning] for meaning in _TEXT_COLUMNS if meaning in by_meaning])),
        attributes=_attributes(row, besides={column, *special}),
        locator={"table": table.name, "row": row.number},
    )


def _attributes(row: Row, *, besides: set[str | None]) -> dict[str, Scalar]:
    facts = {key: cell_attribute(row.dialect.with_point(cell)) for key, cell in row.cells.items() if key not in besides}
    return {key: fact for key, fact in facts.items() if fact is not None}


def _passages(row: Row, columns: list[str]) -> Iterator[Passage]:
    for column in columns:
        yield from cell_passages(column, row.cells[column])


def _first(row: Row, by_meaning: Mapping[str, str], meanings: tuple[str, ...]) -> str:
    texts = (stated_text(row.cells.get(by_meaning[meaning])) for meaning in meanings if meaning in by_meaning)
    return next(filter(None, texts), "")
