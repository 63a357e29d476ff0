"""`JoinedCorpora`: what a model learned from and what it is measured on, read as one corpus with two splits."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lexiscope.core.errors import CorpusError
from lexiscope.core.image import Image
from lexiscope.corpus.store import Corpus

LEARNED, MEASURED = "learned", "measured"


class Readable(Protocol):
    """Rows and image files for the audit: a `Corpus`, or `JoinedCorpora`."""

    def rows(self, *, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Rows of the table (`corpus.rows.SCHEMA`) as plain values."""

    def object_path(self, image: Image) -> Path:
        """The file of an image."""


@dataclass(frozen=True, slots=True)
class JoinedCorpora:
    """Two parts of corpora under new split names, for the audit.

    Args:
        learned: The corpora trained on, each with the split; None is all of it.
        measured: The corpus measured on, and the split.
    """

    learned: Sequence[tuple[Corpus, str | None]]
    measured: tuple[Corpus, str | None]

    def rows(self, *, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Rows of both parts, with "split" being `LEARNED` or `MEASURED`."""
        for name, (corpus, split) in (*((LEARNED, part) for part in self.learned), (MEASURED, self.measured)):
            for row in corpus.rows(split=split, columns=columns):
                yield {**row, "split": name}

    def object_path(self, image: Image) -> Path:
        """The file of an image of any part.

        Raises:
            CorpusError: none has it.
        """
        for corpus, _ in self.learned:
            with suppress(CorpusError):
                return corpus.object_path(image)
        return self.measured[0].object_path(image)
