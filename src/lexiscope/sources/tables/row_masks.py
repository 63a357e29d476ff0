"""`RowMasks`: the label images that the rows of a table name -> masks of structures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.named_masks import NamedMasks
from lexiscope.sources.naming import unused
from lexiscope.sources.tables.classes import classes_of
from lexiscope.sources.tables.table_row import TableRow, table_rows


class RowMasks:
    """Masks of the rows of one table.

    Args:
        table: The table.
        columns: Columns of label images.
        class_column: Column of the classes' names, if there is one.
        option: Structures by name, as `given_structures` takes them.

    Raises:
        UsageError: a structure makes no sense, or does not say in which column it is.
    """

    def __init__(
        self, table: Path, *, columns: Sequence[str], class_column: str | None, option: Mapping[str, Sequence[str]]
    ) -> None:
        self._table = table
        self._columns = columns
        self._class_column = class_column
        self._named = NamedMasks(option, labels=[columns], files=self._files)

    def given(self, draft: Draft, row: TableRow) -> Iterator[Draft | Rejected]:
        """Labels of the row that cannot be used, then its draft with the masks of the others."""
        masks: dict[str, ImageFile] = {}
        steps: list[str] = []
        for column in self._columns if draft.images else ():
            try:
                made, notes = self._of_column(row, column)
            except SourceError as error:
                yield row.rejected(error)
                continue
            masks |= {unused(structure, masks): mask for structure, mask in made.items()}
            steps += notes
        provenance = replace(draft.provenance, steps=(*draft.provenance.steps, *steps))
        yield replace(draft, masks=masks, provenance=provenance)

    def _of_column(self, row: TableRow, column: str) -> tuple[dict[str, ImageFile], tuple[str, ...]]:
        labels = row.image(column)
        if labels is None:
            return {}, ()
        return self._named.masks(column, labels, known=classes_of(labels, row.text(self._class_column)))

    def _files(self) -> Iterator[tuple[str, Path | Encoded]]:
        for row in table_rows(self._table):
            for column in self._columns if isinstance(row, TableRow) else ():
                try:
                    labels = row.image(column) if isinstance(row, TableRow) else None
                except SourceError:
                    continue
                if labels is not None:
                    yield column, labels.origin
