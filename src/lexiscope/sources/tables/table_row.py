"""`TableRow`: one row of a table, and the image files, texts and facts that its cells stand for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.case import Scalar
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.sources.draft import ImageFile, Rejected
from lexiscope.sources.paths import inside, with_slashes
from lexiscope.sources.tables.cells import cell_attribute, cell_passages, cell_text, stated_text
from lexiscope.sources.tables.dialect import PLAIN, Dialect
from lexiscope.sources.tables.rows import TABLE_SUFFIXES, read_columns, read_rows


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table; image files lie in the table's folder or below.

    Args:
        table: The table's file.
        number: Number of the row, from 1; the line of a JSON-lines file.
        cells: Column -> its cell.
        steps: What was guessed to read it.
        dialect: Form of the table.
    """

    table: Path
    number: int
    cells: Mapping[str, Any]
    steps: tuple[str, ...] = ()
    dialect: Dialect = PLAIN

    def text(self, column: str | None) -> str:
        """A cell as text; empty for a missing one and for no column."""
        return cell_text(self.cells.get(column)) if column else ""

    def stated(self, column: str | None) -> str:
        """A cell as text; empty for one that holds a word for a missing value, too.

        Example:
            >>> TableRow(Path("visits.csv"), 1, {"group": "NaN"}).stated("group")
            ''
        """
        return stated_text(self.cells.get(column)) if column else ""

    def image(self, column: str) -> ImageFile | None:
        """The image file that a cell names; None for an empty one.

        Raises:
            SourceError: the cell is no text, or names nothing inside the table's folder.
        """
        name = self.cells.get(column)
        if name is None or (isinstance(name, str | float) and not stated_text(name)):
            return None
        if not isinstance(name, str):
            raise SourceError(f"{column} must name a file, got {name!r}", remedy="write the file's name as text")
        return ImageFile(inside(self.table.parent, name))

    def image_name(self, columns: Iterable[str]) -> str:
        """The first image's file name without its suffix; empty when no cell names one.

        Example:
            >>> TableRow(Path("visits.csv"), 1, {"image": "scans/flair.nii.gz"}).image_name(["photo", "image"])
            'flair'
        """
        cells: list[Any] = [self.cells.get(column) for column in columns]
        name = next((name for cell in cells if isinstance(cell, str) and (name := stated_text(cell))), "")
        if not name:
            return ""
        named = Path(with_slashes(name))
        return named.name.removesuffix(".gz").removesuffix(".nii") if named.suffix == ".gz" else named.stem

    def passages(self, columns: Iterable[str]) -> tuple[Passage, ...]:
        """The texts of some columns."""
        return tuple(text for column in columns for text in cell_passages(column, self.cells.get(column)))

    def attributes(self, columns: Iterable[str]) -> dict[str, Scalar]:
        """The facts of some columns; empty cells are left out.

        Example:
            >>> TableRow(Path("visits.csv"), 1, {"age": "61", "side": ""}).attributes(["age", "side"])
            {'age': 61}
        """
        facts = {column: cell_attribute(self.dialect.with_point(self.cells.get(column))) for column in columns}
        return {column: fact for column, fact in facts.items() if fact is not None}

    def guesses(self, *, images: Iterable[str] = (), facts: Iterable[str] = ()) -> tuple[str, ...]:
        """What was guessed to read the row, as steps of provenance.

        Args:
            images: Columns read as names of image files.
            facts: Columns read as attributes.

        Example:
            >>> TableRow(Path("a.csv"), 1, {"scale": "3,5"}, dialect=Dialect(delimiter=";")).guesses(facts=["scale"])
            ('the decimal comma of scale was read as a point',)
        """
        cells = {column: cell for column, cell in self.cells.items() if isinstance(cell, str)}
        commas = [name for name in facts if name in cells and self.dialect.with_point(cells[name]) != cells[name]]
        slashes = [name for name in images if "\\" in cells.get(name, "")]
        return (
            *self.dialect.guessed,
            *self.steps,
            *(f"the decimal comma of {column} was read as a point" for column in commas),
            *(f"\\ in {column} was read as /" for column in slashes),
        )

    @property
    def locator(self) -> dict[str, Scalar]:
        """Locator that finds the row again.

        Example:
            >>> TableRow(Path("data/visits.csv"), 7, {}).locator
            {'file': 'visits.csv', 'row': 7}
        """
        return {"file": self.table.name, "row": self.number}

    def rejected(self, error: SourceError) -> Rejected:
        """The row as an input that could not be used."""
        return Rejected(f"{self.table}:{self.number}", str(error), error.remedy)


def table_rows(table: Path) -> Iterator[TableRow | Rejected]:
    """Every row of a table, one at a time."""
    for row in read_rows(table):
        if isinstance(row, Rejected):
            yield row
        else:
            yield TableRow(table, row.number, row.cells, row.steps, row.dialect)


def is_table(path: Path) -> bool:
    """True when a path is a file with the suffix of a table."""
    return path.is_file() and path.suffix.lower() in TABLE_SUFFIXES


def table_columns(path: Path) -> list[str]:
    """The columns of a table; none for one without rows.

    Raises:
        UsageError: it is no table.
    """
    if not is_table(path):
        raise UsageError(f"expected a {', '.join(TABLE_SUFFIXES)} file, got {path}; name the table itself")
    return read_columns(path)


def empty_table(path: Path) -> Rejected:
    """A table without rows as an input that could not be used."""
    return Rejected(str(path), "the table holds no rows", "check that it was written to its end")
