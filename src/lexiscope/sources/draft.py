"""`Draft`: a case as its source describes it, before its image files are checked, hashed and stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lexiscope.core.case import Provenance, Scalar
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Turn


@dataclass(frozen=True, slots=True)
class Encoded:
    """An image file that a source made in memory: its bytes and its file suffix (".png", ".nii.gz")."""

    data: bytes
    suffix: str


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image of a draft: a file inside the source, or bytes the source made.

    Args:
        origin: The file, or its bytes.
        spacing: Spacing along (y, x) or (z, y, x) that the source knows better than the file; None leaves it to that.
        unit: "mm" or "nm", together with `spacing`.
        files: Files that the bytes were made of, slice by slice, where the source keeps them (DICOM).
    """

    origin: Path | Encoded
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    files: tuple[Path, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A case as its source describes it. The fields are those of `lexiscope.core.Case`, with files for images.

    Args:
        files: Input files that the draft was made from, beside those that its images and masks name as their origin.
        needs_every_image: What is said speaks of all images, so that the case cannot do without one of them.
    """

    id: str
    group: str
    provenance: Provenance
    images: Mapping[str, ImageFile] = field(default_factory=dict)
    masks: Mapping[str, ImageFile] = field(default_factory=dict)
    texts: tuple[Passage, ...] = ()
    turns: tuple[Turn, ...] = ()
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    split: str | None = None
    files: tuple[Path, ...] = field(default=(), repr=False)
    needs_every_image: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """One input that could not be used: which, why, and what to do. A line of `rejected.jsonl`.

    Args:
        path: File, row of a table or folder, as the user may see it.
        reason: What was expected and what came.
        remedy: What to do about it.
        files: Input files that it stands for, where `path` does not name them: those of a series, or hidden ones.
    """

    path: str
    reason: str
    remedy: str
    files: tuple[Path, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Unread(Rejected):
    """One known file that nobody read: no case uses it, and nothing was wrong with it. A line of kind "unread"."""
