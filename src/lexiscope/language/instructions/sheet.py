"""Sheets of instructions: a table that people fill in or correct with any office program."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from lexiscope.core.case import Case
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.files import write_text
from lexiscope.core.passage import Passage
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.sources.draft import Rejected
from lexiscope.sources.paths import check_regular
from lexiscope.sources.tables.rows import Row, read_columns, read_rows

COLUMNS = ("case", "structure", "modalities", "author", "text")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of a sheet.

    Args:
        case: Id of the case.
        structure: Name of the structure.
        modalities: Modalities that the instruction speaks of.
        text: The instruction; empty where nobody filled it in.
    """

    case: str
    structure: str
    modalities: tuple[str, ...]
    text: str


def write_sheet(path: Path, cases: Iterable[Case], structures: Sequence[str]) -> int:
    """Write a line for each case and structure, with the instruction that there is; returns the number of lines.

    Args:
        path: File to write.
        cases: Cases to write about.
        structures: Names of the structures.
    """
    stream = StringIO()
    table = csv.writer(stream)
    table.writerow(COLUMNS)
    lines = 0
    for case in cases:
        for structure in structures if case.images else ():
            told = instructions_of(case, structure)
            passage = told[0] if told else None
            modalities = passage.modalities if passage and passage.modalities else tuple(sorted(case.images))
            author, text = (passage.author, passage.text) if passage else ("", "")
            table.writerow([case.id, structure, "; ".join(modalities), author, text])
            lines += 1
    write_text(path, stream.getvalue())
    return lines


def read_sheet(path: Path) -> list[SheetRow]:
    """Lines of a sheet, whatever delimiter and encoding the program wrote that saved it; blank lines are left out.

    Raises:
        UsageError: no such file, columns are missing, a line cannot be read, or two lines speak of the same.
    """
    try:
        check_regular(path)
        columns, rows = read_columns(path), list(read_rows(path))
    except (OSError, SourceError) as error:
        raise UsageError(f"expected a table of instructions at {path}: {error}; make one with --sheet-out") from error
    missing = {"case", "structure", "text"} - set(columns)
    if missing:
        msg = f"expected the columns {', '.join(COLUMNS)} in {path}, {', '.join(sorted(missing))} is missing"
        raise UsageError(f"{msg}; make a table with --sheet-out")
    lines = [line for row in rows if (line := _line(row, path)).case or line.structure or line.text]
    twice = next(
        (pair for pair, count in Counter((one.case, one.structure) for one in lines).items() if count > 1), None
    )
    if twice is not None:
        raise UsageError(f"{path} has several lines about {twice[1]!r} of case {twice[0]!r}; join them into one")
    return lines


def corrected(row: SheetRow, known: Sequence[Passage]) -> bool:
    """True where a person wrote the text: it is no other author's, word for word.

    Args:
        row: Line of the sheet.
        known: Instructions about this case and structure.
    """
    return bool(row.text) and all(passage.text != row.text or passage.author == "human" for passage in known)


def _line(row: Row | Rejected, path: Path) -> SheetRow:
    if isinstance(row, Rejected):
        raise UsageError(f"expected a table of instructions at {path}: {row.reason}; {row.remedy}")
    cells = {name: str(row.cells.get(name) or "").strip() for name in COLUMNS}
    return SheetRow(cells["case"], cells["structure"], _listed(cells["modalities"]), cells["text"])


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(name for part in cell.split(";") if (name := part.strip()))
