"""`Passage`: a piece of text about a case, and its author."""

from collections.abc import Collection
from dataclasses import dataclass

from lexiscope.core.errors import CaseError
from lexiscope.core.storable import check_all, check_name, check_text

PASSAGE_KINDS = ("caption", "alt_text", "mention", "report", "finding", "instruction", "title")


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of text about a case.

    Args:
        kind: One of `PASSAGE_KINDS`; a mention is a paragraph elsewhere that refers to the figure.
        text: The words, at least one visible character.
        author: "human", or the name of the generator that wrote it.
        column: The source's own name of the field it came from, kept so that results can be reported by it.
        states: Names of the attributes that it states, where its writer knows; a task that predicts one of them never
            reads it.
        modalities: Modalities whose images it was written from, where its writer looked at images.

    Raises:
        CaseError: unknown kind, empty text or author, or a value that no corpus can store.
    """

    kind: str
    text: str
    author: str = "human"
    column: str | None = None
    states: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in PASSAGE_KINDS:
            msg = f"passage kind must be one of {', '.join(PASSAGE_KINDS)}, got {self.kind!r}; use the nearest one"
            raise CaseError(msg)
        check_text(f"the text of a {self.kind}", self.text)
        check_name(f"the author of a {self.kind}", self.author)
        if self.column is not None:
            check_name(f"the column of a {self.kind}", self.column)
        check_all(f"what a {self.kind} states", self.states, str)
        check_all(f"modalities of a {self.kind}", self.modalities, str)
        if not self.text.strip():
            raise CaseError(f"a {self.kind} needs text, got only white space; leave the passage out")
        if not self.author.strip():
            raise CaseError(f"a {self.kind} needs an author, got an empty name; use 'human' or the generator's name")

    @property
    def source(self) -> str:
        """The column it came from, or its kind when the source has no columns.

        Example:
            >>> Passage("caption", "A red disc.").source
            'caption'
        """
        return self.column or self.kind

    def is_from(self, columns: Collection[str] | None) -> bool:
        """True where its column or kind is one of these; of all, where None, but for instructions.

        An instruction says what to look for and not what the case is, so it is read only where it is asked for by name.

        Example:
            >>> wanted = Passage("instruction", "Segment the tumour.", column="tumour")
            >>> wanted.is_from(None), wanted.is_from(["instruction"]), wanted.is_from(["caption"])
            (False, True, False)
        """
        if columns is None:
            return self.kind != "instruction"
        return self.source in columns or self.kind in columns
