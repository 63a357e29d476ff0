"""`JoinedCorpora`: what a model learned from and what it is measured on, read as one corpus with two splits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lexiscope.core.errors import CorpusError
from lexiscope.core.image import Image
from lexiscope.corpus.store import Corpus

LEARNED, MEASURED = "learned", "measured"


class Readable(Protocol):
    """What the audit reads: a `Corpus`, or `JoinedCorpora`."""

    def rows(self, *, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Rows of the table (`corpus.rows.SCHEMA`) as plain values."""

    def object_path(self, image: Image) -> Path:
        """The file of an image."""


@dataclass(frozen=True, slots=True)
class JoinedCorpora:
    """Two parts of corpora under new split names, for the audit.

    Args:
        learned: The corpus trained on, and the split; None is all of it.
        measured: The corpus measured on, and the split.
    """

    learned: tuple[Corpus, str | None]
    measured: tuple[Corpus, str | None]

    def rows(self, *, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Rows of both parts, with "split" being `LEARNED` or `MEASURED`."""
        for name, (corpus, split) in ((LEARNED, self.learned), (MEASURED, self.measured)):
            for row in corpus.rows(split=split, columns=columns):
                yield {**row, "split": name}

    def object_path(self, image: Image) -> Path:
        """The file of an image of either part.

        Raises:
            CorpusError: neither has it.
        """
        try:
            return self.learned[0].object_path(image)
        except CorpusError:
            return self.measured[0].object_path(image)
