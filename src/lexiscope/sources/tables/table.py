"""`table`: a CSV, TSV or JSON-lines file whose rows name image files, texts and facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

from lexiscope.core.case import Provenance
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.passage import Passage
from lexiscope.core.settings import Flag
from lexiscope.sources.annotated import AnnotatedOption, with_annotated
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.naming import slug
from lexiscope.sources.papers.figures.image_type import image_type
from lexiscope.sources.structures import StructureOption
from lexiscope.sources.tables.row_masks import RowMasks
from lexiscope.sources.tables.rows import check_columns
from lexiscope.sources.tables.table_row import TableRow, empty_table, is_table, table_columns, table_rows
from lexiscope.sources.tiles import cut_tiles


@dataclass(frozen=True, slots=True)
class TableSource:
    """One case a row. Only the columns that are named here are read; image files lie in the table's folder or below.

    A row with a label image was searched for every structure that is named: one whose values do not occur gets an empty
    mask (absent). A row without one says nothing (not annotated), unless `annotated` names the structure.

    Args:
        path: Table of cases, as .csv, .tsv or .jsonl.
        image_columns: Column that names image files; its name is the modality.
        text_columns: Column of text about the case; one named like a kind of passage gives that kind, else a caption.
        attribute_columns: Column kept as an attribute; numbers and booleans are recognised.
        id_column: Column that identifies a case; without it the image's name, or of a table of cases its column "id".
        group_column: Column of the patient, paper or specimen; without it every case is a group of its own.
        split_column: Column of the split: "train", "val", "test" or any other name.
        licence_column: Column of the licence.
        licence: Licence of cases that state none.
        mask_columns: Column of masks or label images; each is read by itself, so structures may overlap.
        class_column: Column of the classes' names by number, ";" between them, the background first.
        structures: Structure of the label images with its values, "," between them, or "*" for every value but 0, such
            as numbers of instances; COLUMN:NAME with several mask columns. Without it the class column names them.
        annotated: Structure that every case was searched for: where a case has no mask of it, it is absent.
        tiles: Side in pixels of the squares into which images are cut together with their masks.
        image_types: Keep the kind of picture that a caption names as the attribute "image_type".
    """

    name: ClassVar[str] = "table"

    path: Path
    image_columns: Annotated[tuple[str, ...], Flag("--image-column")] = field(default=(), kw_only=True)
    text_columns: Annotated[tuple[str, ...], Flag("--text-column")] = field(default=(), kw_only=True)
    attribute_columns: Annotated[tuple[str, ...], Flag("--attribute", "--attribute-column")] = field(
        default=(), kw_only=True
    )
    id_column: str | None = field(default=None, kw_only=True)
    group_column: str | None = field(default=None, kw_only=True)
    split_column: str | None = field(default=None, kw_only=True)
    licence_column: str | None = field(default=None, kw_only=True)
    licence: str = field(default="unknown", kw_only=True)
    mask_columns: Annotated[tuple[str, ...], Flag("--mask-column")] = field(default=(), kw_only=True)
    class_column: str | None = field(default=None, kw_only=True)
    structures: StructureOption = field(default_factory=dict, kw_only=True)
    annotated: AnnotatedOption = field(default=(), kw_only=True)
    tiles: int | None = field(default=None, kw_only=True)
    image_types: bool = field(default=False, kw_only=True)

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
        self._check_masks()
        id_column = self.id_column or ("id" if "id" in columns else None)
        masks = RowMasks(self.path, columns=self.mask_columns, class_column=self.class_column, option=self.structures)
        return with_annotated(self._drafts(id_column, masks), self._searched(), self.path)

    def _searched(self) -> list[str]:
        """Structures that every case was searched for, as the masks are called: those of a class column in one word."""
        if self.class_column is None:
            return list(self.annotated)
        return [name if name in self.structures else slug(name, default=name) for name in self.annotated]

    def _named(self) -> list[str]:
        single = (self.id_column, self.group_column, self.split_column, self.licence_column, self.class_column)
        several = (*self.image_columns, *self.text_columns, *self.attribute_columns, *self.mask_columns)
        return [*several, *filter(None, single)]

    def _check_masks(self) -> None:
        if self.class_column and len(self.mask_columns) != 1:
            msg = f"the class column {self.class_column} names what one mask column shows"
            raise UsageError(f"{msg}, got {len(self.mask_columns)} of them; name one with --mask-column")
        if self.mask_columns and not self.image_columns:
            raise UsageError(f"the masks of {self.mask_columns[0]} lie on images; name a column of images, too")
        if self.tiles is not None and (self.tiles < 16 or not self.mask_columns or len(self.image_columns) != 1):
            msg = f"tiles are cut from one image with its masks, of at least 16 pixels, got {self.tiles}"
            raise UsageError(f"{msg}; name one image column and the mask columns")

    def _drafts(self, id_column: str | None, masks: RowMasks) -> Iterator[Draft | Rejected]:
        for row in table_rows(self.path):
            if isinstance(row, Rejected):
                yield row
                continue
            try:
                yield from self._of_row(row, id_column, masks)
            except SourceError as error:
                yield row.rejected(error)

    def _of_row(self, row: TableRow, id_column: str | None, masks: RowMasks) -> Iterator[Draft | Rejected]:
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
            for item in masks.given(self._draft(row, images, id_column), row):
                if self.tiles is None or isinstance(item, Rejected) or not item.masks:
                    yield item
                else:
                    yield from cut_tiles(item, side=self.tiles)

    def _draft(self, row: TableRow, images: dict[str, ImageFile], id_column: str | None) -> Draft:
        texts = row.passages(self.text_columns)
        if not images and not texts:
            raise SourceError("the row has neither an image nor a text", remedy="fill the row or remove it")
        unnamed = row.image_name(self.image_columns) or f"{self.path.stem}-{row.number}"
        case_id = row.stated(id_column) if id_column else unnamed
        if not case_id:
            raise SourceError(f"the row has no {id_column or 'image to be named by'}", remedy="give every row an id")
        return Draft(
            id=case_id,
            group=row.stated(self.group_column) or case_id,
            provenance=Provenance(
                source=self.name,
                licence=row.stated(self.licence_column) or self.licence,
                locator=row.locator,
                steps=row.guesses(images=self.image_columns, facts=self.attribute_columns),
            ),
            images=images,
            texts=texts,
            attributes={**row.attributes(self.attribute_columns), **self._kind(texts)},
            split=row.stated(self.split_column) or None,
        )

    def _kind(self, texts: Iterable[Passage]) -> dict[str, str]:
        """The kind of picture that the first caption or alternative text names which names one."""
        kinds = (image_type(text.text) for text in texts if self.image_types and text.kind in ("caption", "alt_text"))
        kind = next((kind for kind in kinds if kind is not None), None)
        return {} if kind is None else {"image_type": kind}
