"""`Form`: what every exchange format looks like, and what they share."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lexiscope.core.case import Case
from lexiscope.core.errors import SourceError
from lexiscope.core.image import Image
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.sources.draft import Draft, Encoded, ImageFile
from lexiscope.sources.source import Source

_LONGEST_NAME = 100  # bytes; a file has id, modality and suffix in its name, and systems allow 255


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Counts of an export.

    Args:
        cases: Number of cases written.
        left_out: Cases that the format cannot hold.
        reason: Reasons why cases were left out, each with its number; empty when none was.
        left_behind: Kind of content of the written cases that the format cannot hold -> its number.
    """

    cases: int
    left_out: int = 0
    reason: str = ""
    left_behind: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, written: int, left_out: Counter[str], left_behind: Counter[str]) -> "ExportReport":
        """From the reasons for which cases were left out, and counts of what the others lost.

        Example:
            >>> ExportReport.of(3, Counter({"lacking a modality": 2}), Counter(texts=5, masks=0))
            ExportReport(cases=3, left_out=2, reason='2 lacking a modality', left_behind={'texts': 5})
        """
        reason = "; ".join(f"{n} {why}" for why, n in sorted(left_out.items()))
        return cls(written, left_out.total(), reason, {what: n for what, n in sorted(left_behind.items()) if n})


@dataclass(frozen=True, slots=True)
class Form:
    """One exchange format.

    Args:
        write: (corpus, out, progress) -> report.
        source: Source that reads it back, made from a path.
        faults: Path -> for each row its first fault or None; None for formats that are not checked row by row.
    """

    write: Callable[[Corpus, Path, Progress | None], ExportReport]
    source: Callable[[Path], Source]
    faults: Callable[[Path], Iterator[Any]] | None = None


def draft_of(record: Mapping[str, Any], files: Mapping[tuple[str, str], tuple[bytes, str]]) -> Draft:
    """The draft of a case that was written with everything it says.

    Args:
        record: Case as `Case.to_dict` writes it.
        files: ("images" or "masks", modality) -> bytes and suffix.

    Raises:
        CaseError: the record makes no sense.
        SourceError: a file is missing, or its bytes are not those of the case.
    """
    case = Case.from_dict(record)
    return Draft(
        id=case.id,
        group=case.group,
        provenance=case.provenance,
        images={name: _file(image, files.get(("images", name))) for name, image in case.images.items()},
        masks={name: _file(image, files.get(("masks", name))) for name, image in case.masks.items()},
        texts=case.texts,
        turns=case.turns,
        attributes=case.attributes,
        split=case.split,
    )


def suffix_of(path: Path) -> str:
    """The suffix of an image file, ".nii.gz" in one piece.

    Example:
        >>> suffix_of(Path("a.nii.gz")), suffix_of(Path("a.b.png"))
        ('.nii.gz', '.png')
    """
    return ".nii.gz" if path.name.endswith(".nii.gz") else path.suffix


def safe_name(text: str) -> str:
    """A text as a file name without dots, slashes or anything else that a path or an archive would read into it.

    A name is 100 bytes at most: a longer one is cut, and a hash of the whole text keeps it apart from others.

    Example:
        >>> safe_name("../odd id.1/x")
        '%2E%2E%2Fodd id%2E1%2Fx'
    """
    name = quote(text, safe=" ").replace(".", "%2E")
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{name[: _LONGEST_NAME - len(digest) - 1]}-{digest}"


def _file(image: Image, stored: tuple[bytes, str] | None) -> ImageFile:
    if stored is None:
        raise SourceError(f"the file of {image.modality} is missing", remedy="export again")
    data, suffix = stored
    if hashlib.sha256(data).hexdigest() != image.content:
        raise SourceError(f"the bytes of {image.modality} are not those that were exported", remedy="export again")
    return ImageFile(Encoded(data, suffix), image.spacing, image.unit)
