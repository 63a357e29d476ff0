"""`verify_corpus`: proof that every image file of a corpus holds the bytes that were stored."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lexiscope.core.errors import CorpusError
from lexiscope.core.image import Image
from lexiscope.core.progress import Progress
from lexiscope.corpus.rows import image_of
from lexiscope.corpus.store import Corpus


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """Image file that is gone or holds other bytes.

    Args:
        content: SHA-256 of the bytes that were stored.
        case: Id of the first case that shows it.
        reason: What is wrong with it, and what to do.
    """

    content: str
    case: str
    reason: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Image files of a corpus, counted and checked.

    Args:
        files: Number of different files.
        damaged: Those that are gone or hold other bytes.
    """

    files: int
    damaged: tuple[DamagedFile, ...]

    @property
    def ok(self) -> bool:
        """True where every file is whole.

        Example:
            >>> VerifyReport(3, ()).ok
            True
        """
        return not self.damaged

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types.

        Example:
            >>> VerifyReport(3, ()).to_dict()
            {'ok': True, 'files': 3, 'damaged': []}
        """
        return {"ok": self.ok, "files": self.files, "damaged": [asdict(file) for file in self.damaged]}


def verify_corpus(corpus: Corpus | Path | str, *, progress: Progress | None = None) -> VerifyReport:
    """Read every image and mask file of a corpus once, and compare its SHA-256 with the one that was stored.

    Args:
        corpus: Corpus to check.
        progress: Called with the cases checked so far.

    Example:
        >>> import tempfile
        >>> from lexiscope.testing import make_corpus
        >>> verify_corpus(make_corpus(Path(tempfile.mkdtemp()) / "corpus", 2)).to_dict()
        {'ok': True, 'files': 2, 'damaged': []}
    """
    corpus = Corpus.of(corpus)
    seen: set[tuple[str, str | None]] = set()
    damaged: list[DamagedFile] = []
    total = len(corpus)
    for done, row in enumerate(corpus.rows(columns=["id", "images", "masks"]), start=1):
        for image in _new(row, seen):
            try:
                corpus.checked_path(image)
            except CorpusError as error:
                damaged.append(DamagedFile(image.content, row["id"], str(error)))
        if progress is not None:
            progress(done, total, "cases")
    return VerifyReport(len(seen), tuple(damaged))


def _new(row: dict[str, Any], seen: set[tuple[str, str | None]]) -> Iterator[Image]:
    """Images of a row whose files were not met before; a file in the corpus and one that is referenced are two."""
    for image in map(image_of, [*row["images"], *row["masks"]]):
        if (image.content, image.path) not in seen:
            seen.add((image.content, image.path))
            yield image
