"""`table`: a CSV, TSV or JSON-lines file whose rows name image files, texts and facts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.rows import check_columns
from lexiscope.sources.table_row import TableRow, empty_table, is_table, table_columns, table_rows


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
        return is_table(path)

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft a row, in the order of the table.

        Raises:
            UsageError: no table, no column of images or texts named, or a column that the table lacks.
        """
        columns = table_columns(self.path)
        if not columns:
            return iter([empty_table(self.path)])
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
        for row in table_rows(self.path):
            if isinstance(row, Rejected):
                yield row
                continue
            try:
                yield from self._of_row(row, id_column)
            except SourceError as error:
                yield row.rejected(error)

    def _of_row(self, row: TableRow, id_column: str | None) -> Iterator[Draft | Rejected]:
        images: dict[str, ImageFile] = {}
        refused = []
        for column in self.image_columns:
            try:
                image = row.image(column)
            except SourceError as error:
                refused.append(row.rejected(error))
                continue
            if image is not None:
                images[column] = image
        yield from refused
        if images or not refused:
            yield self._draft(row, images, id_column)

    def _draft(self, row: TableRow, images: dict[str, ImageFile], id_column: str | None) -> Draft:
        texts = row.passages(self.text_columns)
        if not images and not texts:
            raise SourceError("the row has neither an image nor a text", remedy="fill the row or remove it")
        unnamed = row.image_name(self.image_columns) or f"{self.path.stem}-{row.number}"
        case_id = row.text(id_column) if id_column else unnamed
        if not case_id:
            raise SourceError(f"the row has no {id_column or 'image to be named by'}", remedy="give every row an id")
        return Draft(
            id=case_id,
            group=row.text(self.group_column) or case_id,
            provenance=Provenance(
                source=self.name,
                licence=row.text(self.licence_column) or self.licence,
                locator=row.locator,
            ),
            images=images,
            texts=texts,
            attributes=row.attributes(self.attribute_columns),
            split=row.text(self.split_column) or None,
        )
