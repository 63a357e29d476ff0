"""participants.tsv and sessions.tsv -> what is known about a subject or a session."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lexiscope.core.case import Scalar
from lexiscope.core.errors import SourceError
from lexiscope.core.passage import PASSAGE_KINDS, Passage
from lexiscope.sources.draft import Rejected
from lexiscope.sources.tables.table_row import TableRow, table_rows

_SPLIT = "split"
_MISSING = "n/a"  # how BIDS writes an empty cell


@dataclass(frozen=True, slots=True)
class ParticipantFacts:
    """Facts of one row: columns called like a passage kind are texts, `split` is the split, the others attributes."""

    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    texts: tuple[Passage, ...] = ()
    split: str | None = None

    def __or__(self, other: "ParticipantFacts") -> "ParticipantFacts":
        attributes = {**self.attributes, **other.attributes}
        return ParticipantFacts(attributes, (*self.texts, *other.texts), other.split or self.split)


def facts_by(table: Path, column: str) -> tuple[dict[str, ParticipantFacts], list[Rejected]]:
    """Rows of a table by what `column` says, and the rows that cannot be used; nothing when there is no table."""
    facts: dict[str, ParticipantFacts] = {}
    rejected: list[Rejected] = []
    for row in table_rows(table) if table.is_file() else ():
        if isinstance(row, Rejected):
            rejected.append(row)
            continue
        row = _with_column(row, column)
        try:
            name = _named(row, column)
            if name in facts:
                raise SourceError(f"{name} stands in {table.name} twice; the first row counts", remedy="keep one row")
            facts[name] = _facts(row, column)
        except SourceError as error:
            rejected.append(row.rejected(error))
    return facts, rejected


def _with_column(row: TableRow, column: str) -> TableRow:
    """A row whose column of names is called as BIDS calls it, whatever its capitals and blanks."""
    written = next((key for key in row.cells if key.strip().lower() == column), column)
    return replace(row, cells={column if key == written else key: cell for key, cell in row.cells.items()})


def _named(row: TableRow, column: str) -> str:
    name = row.text(column)
    if not name:
        raise SourceError(f"the row has no {column}", remedy=f"add the column {column}, and a name in every row")
    return name


def _facts(row: TableRow, column: str) -> ParticipantFacts:
    row = replace(row, cells={key: cell for key, cell in row.cells.items() if str(cell).strip() != _MISSING})
    texts = [key for key in row.cells if key.strip().lower() in PASSAGE_KINDS]
    return ParticipantFacts(
        attributes=row.attributes(key for key in row.cells if key not in (column, _SPLIT, *texts)),
        texts=row.passages(texts),
        split=row.text(_SPLIT) or None,
    )
