"""`Writer`: one kind of text that is written about the cases of a corpus, and the report of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from lexiscope.core.progress import Progress
from lexiscope.core.settings import Settings

if TYPE_CHECKING:
    from lexiscope.corpus.store import Corpus


class WriteReport(Protocol):
    """Counts of one run of a writer."""

    @property
    def failed(self) -> Mapping[str, str]:
        """Case -> why nothing could be written about it this time; these cases stay as they were."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        ...

    def lines(self) -> list[str]:
        """Lines for a person to read, the most important first."""
        ...


class Writer(Protocol):
    """One kind of text, as an entry of `lexiscope.language.WRITERS`: the class itself is the entry.

    `name` is the word behind `lexiscope write`; the docstring of `write` is its help, and the fields of `Settings` are
    its options.
    """

    name: ClassVar[str]
    Settings: ClassVar[type[Settings]]

    @classmethod
    def write(cls, corpus: "Corpus | Path | str", settings: Any, *, progress: Progress | None = None) -> WriteReport:
        """Write into a corpus, in place of what this writer wrote before; texts and turns of others stay.

        Args:
            corpus: An open corpus, or its directory.
            settings: Choices of the user, an instance of `Settings`.
            progress: Called after every batch of cases.
        """
        ...
