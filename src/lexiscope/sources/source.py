"""`Source`: what every reader of a kind of input looks like to the corpus builder."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from lexiscope.sources.draft import Draft, Rejected


@runtime_checkable
class Source(Protocol):
    """One kind of input: a frozen dataclass whose fields are its options.

    The first field is the `path` of what it reads; the others are keyword-only with defaults that need no thought. They
    are the options of `lexiscope corpus build`, and the texts of `Args:` are the help. A source whose path need not
    exist beforehand, such as a download folder, has a class variable `reads_path` that is False.
    """

    name: ClassVar[str]

    @property
    def path(self) -> Path:
        """The file or folder that is read."""
        ...

    @staticmethod
    def detect(path: Path) -> bool:
        """True when `path` looks like this kind of input; cheap, and never raises on odd input."""
        ...

    def drafts(self) -> Iterator[Draft | Rejected]:
        """Every case of the input, one at a time, in a stable order.

        One bad input gives a `Rejected` and the rest goes on. Memory does not grow with the input.

        Raises:
            UsageError: the options do not fit the input (an unknown column, a path that does not exist).
        """
        ...
