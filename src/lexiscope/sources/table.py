"""`table`: a CSV, TSV or JSON-lines file whose rows name image files, texts and facts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.cells import cell_attribute, cell_passages, cell_text
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.paths import inside
from lexiscope.sources.rows import TABLE_SUFFIXES, Row, check_columns, read_columns, read_rows


@dataclass(frozen=True, slots=True)
class TableSource:
    """One case a row. Only the columns that are named here are read; image files lie in the table's folder or below.

    Args:
        path: A .csv, .tsv or .jsonl file.
        image_columns: Columns that name image files; the column's name is the modality.
        text_columns: Columns of text; one named like a passage kind gives that kind, any other a caption.
        attribute_columns: Columns kept as attributes; numbers and booleans are recognised.
        id_column: What identifies a case; by default `id` where there is such a column, else the image's name.
        group_column: The patient, paper or specimen; by default every case is a group of its own.
        split_column: "train", "val", "test" or any other name.
        licence_column: The licence of each row.
        licence: The licence of rows that state none.
    """

    name: ClassVar[str] = "table"

    path: Path
    image_columns: tuple[str, ...] = field(default=(), kw_only=True)
    text_columns: tuple[str, ...] = field(default=(), kw_only=True)
    attribute_columns: tuple[str, ...] = field(default=(), kw_only=True)
    id_column: str | None = field(default=None, kw_only=True)
    group_column: str | None = field(default=None, kw_only=True)
    split_column: str | None = field(default=None, kw_only=True)
    licence_column: str | None = field(default=None, kw_only=True)
    licence: str = field(default="unknown", kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A file with the suffix of a table."""
        return path.is_file() and path.suffix.lower() in TABLE_SUFFIXES

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a row, in the order of the table.

        Raises:
            UsageError: no table, no column of images or texts named, or a column that the table lacks.
        """
        if not self.detect(self.path):
            raise UsageError(f"expected a {', '.join(TABLE_SUFFIXES)} file, got {self.path}; name the table itself")
        columns = read_columns(self.path)
        if not columns:
            return iter([Rejected(str(self.path), "the table holds no rows", "check that it was written to its end")])
        if not self.image_columns and not self.text_columns:
            msg = f"name at least one column of images or texts of {self.path.name}. Its columns: {', '.join(columns)}"
            raise UsageError(msg)
        check_columns(self.path, self._named(), columns)
        id_column = self.id_column or ("id" if "id" in columns else None)
        return self._drafts(id_column)

    def _named(self) -> list[str]:
        single = (self.id_column, self.group_column, self.split_column, self.licence_column)
        return [*self.image_columns, *self.text_columns, *self.attribute_columns, *filter(None, single)]

    def _drafts(self, id_column: str | None) -> Iterator[Draft | Rejected]:
        for row in read_rows(self.path):
            if isinstance(row, Rejected):
                yield row
                continue
            try:
                yield from self._of_row(row, id_column)
            except SourceError as error:
                yield self._rejected(row, error)

    def _of_row(self, row: Row, id_column: str | None) -> Iterator[Draft | Rejected]:
        images: dict[str, ImageFile] = {}
        refused = []
        for column in self.image_columns:
            try:
                images |= self._image(row, column)
            except SourceError as error:
                refused.append(self._rejected(row, error))
        yield from refused
        if images or not refused:
            yield self._draft(row, images, id_column)

    def _image(self, row: Row, column: str) -> dict[str, ImageFile]:
        name = row.cells.get(column)
        if name is None or name == "":
            return {}
        if not isinstance(name, str):
            raise SourceError(f"{column} must name a file, got {name!r}", remedy="write the file's name as text")
        return {column: ImageFile(inside(self.path.parent, name))} if name.strip() else {}

    def _draft(self, row: Row, images: dict[str, ImageFile], id_column: str | None) -> Draft:
        texts = [text for column in self.text_columns for text in cell_passages(column, row.cells.get(column))]
        if not images and not texts:
            raise SourceError("the row has neither an image nor a text", remedy="fill the row or remove it")
        case_id = cell_text(row.cells.get(id_column)) if id_column else self._name_of_image(row)
        if not case_id:
            raise SourceError(f"the row has no {id_column or 'image to be named by'}", remedy="give every row an id")
        facts = {column: cell_attribute(row.cells.get(column)) for column in self.attribute_columns}
        return Draft(
            id=case_id,
            group=self._cell(row, self.group_column) or case_id,
            provenance=Provenance(
                source=self.name,
                licence=self._cell(row, self.licence_column) or self.licence,
                locator={"file": self.path.name, "row": row.number},
            ),
            images=images,
            texts=tuple(texts),
            attributes={column: fact for column, fact in facts.items() if fact is not None},
            split=self._cell(row, self.split_column) or None,
        )

    def _name_of_image(self, row: Row) -> str:
        names: list[Any] = [row.cells.get(column) for column in self.image_columns]
        named = next((Path(name.strip()) for name in names if isinstance(name, str) and name.strip()), None)
        if named is None:
            return f"{self.path.stem}-{row.number}"
        return named.name.removesuffix(".gz").removesuffix(".nii") if named.suffix == ".gz" else named.stem

    def _cell(self, row: Row, column: str | None) -> str:
        return cell_text(row.cells.get(column)) if column else ""

    def _rejected(self, row: Row, error: SourceError) -> Rejected:
        return Rejected(f"{self.path}:{row.number}", str(error), error.remedy)
