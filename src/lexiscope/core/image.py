"""`Image`: what is known about one image of a case; the pixels stay in the corpus's `objects/`."""

import re
import sys
from dataclasses import dataclass
from numbers import Integral, Real

from lexiscope.core.errors import CaseError
from lexiscope.core.storable import check_all, check_name, check_whole

_CONTENT = re.compile(r"[0-9a-f]{64}")
_FORMAT = re.compile(r"[a-z0-9]{1,16}")  # becomes the suffix of a file
UNITS = ("mm", "nm")


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a case: a plane or a volume, in one modality.

    Args:
        content: SHA-256 of the file's bytes, 64 hex digits; names the file in `objects/`.
        modality: Kind of image, in the words of its source ("flair", "sem", "figure").
        format: File format by name: "jpeg", "png", "tiff", "nifti".
        shape: Spatial size as stored in memory order: (y, x) of a plane, (z, y, x) of a volume.
        channels: 1 for grey values, 3 for RGB, more for multi-channel microscopy.
        bits: Bits per channel as stored (8, 16, 32, 64).
        spacing: Size of one pixel along each axis of `shape`, in `unit`; None when unknown, never invented.
        unit: "mm" for scanners, "nm" for microscopes; None exactly when `spacing` is None.
        path: Path of the file when the corpus references it (`--link`) instead of holding a copy.
        marked: Pixels of a mask that show its structure; 0 says that it was searched for and is absent. None for
            images, and for masks that nobody counted.

    Raises:
        CaseError: a field makes no sense.
    """

    content: str
    modality: str
    format: str
    shape: tuple[int, ...]
    channels: int = 1
    bits: int = 8
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    path: str | None = None
    marked: int | None = None

    def __post_init__(self) -> None:
        self._check_types()
        if not _CONTENT.fullmatch(self.content):
            msg = f"an image's content must be 64 hex digits of SHA-256, got {self.content!r}; hash the file's bytes"
            raise CaseError(msg)
        if not self.modality.strip():
            raise CaseError("an image needs a modality, got an empty name; name what made it, such as 'flair' or 'sem'")
        if len(self.shape) not in (2, 3) or min(self.shape) < 1:
            msg = f"shape of {self.modality} must be 2 or 3 positive sizes, (y, x) or (z, y, x), got {self.shape}"
            raise CaseError(msg)
        if self.channels < 1:
            raise CaseError(f"{self.modality} must have at least one channel, got {self.channels}")
        if (self.spacing is None) != (self.unit is None):
            msg = f"spacing and unit of {self.modality} go together, got {self.spacing} and {self.unit!r}; give both"
            raise CaseError(msg)
        if self.unit is not None and self.unit not in UNITS:
            raise CaseError(f"unit of {self.modality} must be 'mm' or 'nm', got {self.unit!r}; convert the spacing")
        if self.spacing is not None and not _is_spacing(self.spacing, len(self.shape)):
            msg = (
                f"spacing of {self.modality} must be {len(self.shape)} positive numbers of {self.unit}, "
                f"got {self.spacing}; pass None when it is unknown"
            )
            raise CaseError(msg)

    def _check_types(self) -> None:
        for what in ("content", "modality", "format"):
            check_name(f"{what} of an image", getattr(self, what))
        if not _FORMAT.fullmatch(self.format):
            raise CaseError(f"format of {self.modality} must be a word such as 'png', got {self.format!r}; name it so")
        for what in ("unit", "path"):
            if getattr(self, what) is not None:
                check_name(f"{what} of an image", getattr(self, what))
        check_all("shape of an image", self.shape, Integral)
        for size in (*self.shape, self.channels, self.bits):
            check_whole("each size of an image", size)
        if self.marked is not None:
            check_whole("marked pixels of a mask", self.marked)
        if self.spacing is not None:
            check_all("spacing of an image", self.spacing, Real)

    @property
    def is_volume(self) -> bool:
        """True for (z, y, x), False for (y, x).

        Example:
            >>> Image("0" * 64, "flair", "nifti", (20, 256, 256)).is_volume
            True
        """
        return len(self.shape) == 3


def _is_spacing(spacing: tuple[float, ...], axes: int) -> bool:
    return len(spacing) == axes and all(0 < s <= sys.float_info.max for s in spacing)
