"""`Passage`: a piece of text about a case, and its author."""

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

    Raises:
        CaseError: unknown kind, empty text or author, or a value that no corpus can store.
    """

    kind: str
    text: str
    author: str = "human"
    column: str | None = None
    states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in PASSAGE_KINDS:
            msg = f"passage kind must be one of {', '.join(PASSAGE_KINDS)}, got {self.kind!r}; use the nearest one"
            raise CaseError(msg)
        check_text(f"the text of a {self.kind}", self.text)
        check_name(f"the author of a {self.kind}", self.author)
        if self.column is not None:
            check_name(f"the column of a {self.kind}", self.column)
        check_all(f"what a {self.kind} states", self.states, str)
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
