"""`questions`: a table of questions and answers about image files -> one case an image, with its questions as turns."""

import json
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, ClassVar

from lexiscope.core.case import Provenance, Scalar
from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.settings import Flag
from lexiscope.core.turn import TURN_KINDS, Turn
from lexiscope.sources.draft import Draft, ImageFile, Rejected
from lexiscope.sources.paths import with_slashes
from lexiscope.sources.tables.bundles import bundled
from lexiscope.sources.tables.cells import stated_text
from lexiscope.sources.tables.rows import check_columns
from lexiscope.sources.tables.table_row import TableRow, empty_table, is_table, table_columns

_CLOSED = ("closed", "yes/no", "yes_no", "yesno", "binary", "choice", "multiple choice")
_YES_NO = ("yes", "no")
_NOTHING = ("none", "na")  # answers, and no missing values, of a question such as "which defects?"
_SPOKEN = {True: "yes", False: "no"}  # JSON answers true and false


@dataclass(frozen=True, slots=True)
class QuestionsSource:
    """One case an image: the rows that name the same image (or images) are its turns, in the order of the table.

    What the rows of an image must agree on (id, group, split, licence) its first row says; a row that says otherwise is
    rejected. An attribute that differs between the rows is a fact about questions, not about the image: it is left out
    and the provenance says so. Kinds other than `TURN_KINDS` and the ways of writing "yes/no" become "open", said too.

    Args:
        path: Table of questions about images, as .csv, .tsv or .jsonl; the image files lie in its folder or below.
        image_columns: Column that names image files; its name is the modality.
        question_column: Column of questions about the image.
        answer_column: Column of their answers; a row without one is rejected.
        kind_column: Column that says open, closed, yes/no, defect or feature; without it yes and no are closed.
        topic_column: Column of the set's own words for what a question is about, such as "question_type".
        text_columns: Column of text about the case; one named like a kind of passage gives that kind, else a caption.
        attribute_columns: Column kept as an attribute; numbers and booleans are recognised.
        id_column: Column that identifies a case; without it the image's name, or of a table of cases its column "id".
        group_column: Column of the patient, paper or specimen; without it every case is a group of its own.
        split_column: Column of the split: "train", "val", "test" or any other name.
        licence_column: Column of the licence.
        licence: Licence of cases that state none.
    """

    name: ClassVar[str] = "questions"

    path: Path
    image_columns: Annotated[tuple[str, ...], Flag("--image-column")] = field(default=("image",), kw_only=True)
    question_column: str = field(default="question", kw_only=True)
    answer_column: str = field(default="answer", kw_only=True)
    kind_column: str | None = field(default=None, kw_only=True)
    topic_column: str | None = field(default=None, kw_only=True)
    text_columns: Annotated[tuple[str, ...], Flag("--text-column")] = field(default=(), kw_only=True)
    attribute_columns: Annotated[tuple[str, ...], Flag("--attribute", "--attribute-column")] = field(
        default=(), kw_only=True
    )
    id_column: str | None = field(default=None, kw_only=True)
    group_column: str | None = field(default=None, kw_only=True)
    split_column: str | None = field(default=None, kw_only=True)
    licence_column: str | None = field(default=None, kw_only=True)
    licence: str = field(default="unknown", kw_only=True)

    @staticmethod
    def detect(path: Path) -> bool:
        """A table with the columns image, question and answer."""
        return is_table(path) and {"image", "question", "answer"} <= set(table_columns(path))

    def drafts(self) -> Iterator[Draft | Rejected]:
        """One draft an image, in the order in which the table first names them.

        Raises:
            UsageError: no table, no column of images, or a column that the table lacks.
        """
        columns = table_columns(self.path)
        if not columns:
            return iter([empty_table(self.path)])
        if not self.image_columns:
            raise UsageError(f"name the column of images of {self.path.name}. Its columns: {', '.join(columns)}")
        of_case = (self.id_column, self.group_column, self.split_column, self.licence_column)
        single = filter(None, (*of_case, self.kind_column, self.topic_column))
        named = [*self.image_columns, self.question_column, self.answer_column, *single]
        check_columns(self.path, [*named, *self.text_columns, *self.attribute_columns], columns)
        return self._drafts()

    def _drafts(self) -> Iterator[Draft | Rejected]:
        for bundle in bundled(self.path, self._images_named):
            if isinstance(bundle, Rejected):
                yield bundle
            else:
                yield from self._of_image(bundle)

    def _images_named(self, row: TableRow) -> str:
        names = [row.cells.get(column) for column in self.image_columns]
        if not any(isinstance(name, str) and stated_text(name) for name in names):
            raise SourceError("the row names no image", remedy="name the image that the question is about")
        return json.dumps([_normal(name) if isinstance(name, str) else name for name in names])

    def _of_image(self, rows: list[TableRow]) -> Iterator[Draft | Rejected]:
        try:
            images = {column: file for column in self.image_columns if (file := rows[0].image(column)) is not None}
        except SourceError as error:
            reason = f"{error}; its {len(rows)} questions go with it"
            yield rows[0].rejected(SourceError(reason, remedy=error.remedy))
            return
        agreed: dict[str, str] = {}
        kept, turns = [], []
        for row in rows:
            try:
                turns.append(self._turn(row, agreed))
                kept.append(row)
            except SourceError as error:
                yield row.rejected(error)
        if kept:
            yield self._draft(kept, images, turns, agreed)

    def _turn(self, row: TableRow, agreed: dict[str, str]) -> Turn:
        """The turn of a row that agrees with the rows before; what it adds to `agreed` counts for those after."""
        question, answer = row.stated(self.question_column), self._answer(row)
        for column, text in ((self.question_column, question), (self.answer_column, answer)):
            if not text:
                raise SourceError(f"the row has no {column}", remedy="fill the cell or remove the row")
        single = (self.id_column, self.group_column, self.split_column, self.licence_column)
        stated = {column: text for column in single if column and (text := row.stated(column))}
        for column, text in stated.items():
            if text != agreed.get(column, text):
                msg = f"{column} is {text!r}, another row about the same image says {agreed[column]!r}"
                raise SourceError(msg, remedy=f"give all questions about an image one {column}")
        agreed.update(stated)
        return Turn(question, answer, kind=self._kind(row, answer)[0], topic=row.stated(self.topic_column) or None)

    def _answer(self, row: TableRow) -> str:
        cell: Any = row.cells.get(self.answer_column)
        if isinstance(cell, bool):
            return _SPOKEN[cell]
        words = row.text(self.answer_column)
        return words if words.lower() in _NOTHING else row.stated(self.answer_column)

    def _kind(self, row: TableRow, answer: str) -> tuple[str, str]:
        """Kind of the question, and the word for it where that word is not known."""
        word = row.stated(self.kind_column).lower()
        if word in TURN_KINDS:
            return word, ""
        if word in _CLOSED:
            return "closed", ""
        if word:
            return "open", word
        return "closed" if answer.strip(" .").lower() in _YES_NO else "open", ""

    def _draft(
        self, rows: list[TableRow], images: dict[str, ImageFile], turns: Sequence[Turn], agreed: dict[str, str]
    ) -> Draft:
        case_id = self._agreed(agreed, self.id_column) or rows[0].image_name(self.image_columns)
        attributes, varying = self._attributes(rows)
        texts = (text for row in rows for text in row.passages(self.text_columns))
        return Draft(
            id=case_id,
            group=self._agreed(agreed, self.group_column) or case_id,
            provenance=Provenance(
                source=self.name,
                licence=self._agreed(agreed, self.licence_column) or self.licence,
                locator=rows[0].locator,
                steps=tuple(self._steps(rows, varying)),
            ),
            images=images,
            texts=tuple(dict.fromkeys(texts)),
            turns=tuple(turns),
            attributes=attributes,
            split=self._agreed(agreed, self.split_column) or None,
        )

    def _agreed(self, agreed: dict[str, str], column: str | None) -> str:
        return agreed.get(column, "") if column else ""

    def _steps(self, rows: list[TableRow], varying: list[str]) -> Iterator[str]:
        guesses = (row.guesses(images=self.image_columns, facts=self.attribute_columns) for row in rows)
        yield from dict.fromkeys(chain.from_iterable(guesses))
        yield from (f"{column} differs between the questions and was left out" for column in varying)
        unknown = {self._kind(row, self._answer(row))[1] for row in rows} - {""}
        yield from (f"questions of kind {word!r} count as open" for word in sorted(unknown))

    def _attributes(self, rows: list[TableRow]) -> tuple[dict[str, Scalar], list[str]]:
        """Facts that all rows which state them agree on, and the columns on which they do not."""
        stated = [row.attributes(self.attribute_columns) for row in rows]
        values = {column: {facts[column] for facts in stated if column in facts} for column in self.attribute_columns}
        constant = {column: next(iter(found)) for column, found in values.items() if len(found) == 1}
        return constant, [column for column, found in values.items() if len(found) > 1]


def _normal(name: str) -> str:
    """A path in one spelling, so that all questions about an image come together."""
    return posixpath.normpath(with_slashes(name.strip()))
