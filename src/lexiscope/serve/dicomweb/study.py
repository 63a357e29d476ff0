"""`Study` and `Series`: how the cases of a corpus and their images are numbered as DICOM."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lexiscope.core.image import Image
from lexiscope.corpus.rows import image_of

COLUMNS = ("id", "group", "images", "provenance")
_LO = 64  # characters of a long string, DICOM PS3.5, 6.2
_DICOM = "dicom"
_COLOURS = 3
_COARSER = 1.2  # times the axial distance; what is nearly a cube is cut axially
_CODES = ("CR", "CT", "DX", "MG", "MR", "NM", "OT", "PT", "RF", "US", "XA")  # DICOM modalities that sources name
_MR_NAMES = re.compile(r"(t1|t2|flair|adc|dwi|swi|bold)([^a-z].*|c|ce|w|wi|gd)?")


def derived_uid(*parts: Any) -> str:
    """A valid UID that is the same for the same parts on every machine (DICOM PS3.5, B.2).

    Example:
        >>> derived_uid("study", "a") == derived_uid("study", "a") != derived_uid("study", "b")
        True
    """
    digest = hashlib.sha256(json.dumps(["lexiscope", *parts]).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def plain_text(text: str) -> str:
    r"""Text as a long string of DICOM holds it: no backslash, no control characters, 64 characters.

    What is longer keeps its start and a hash of the whole, so that two of them stay apart.

    Example:
        >>> plain_text("case\\1\n"), len(plain_text("x" * 99))
        ('case 1', 64)
    """
    plain = " ".join(re.sub(r"[\\\x00-\x1f\x7f]+", " ", text).split())
    if len(plain) <= _LO:
        return plain
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{plain[: _LO - len(mark) - 1]}-{mark}"


@dataclass(frozen=True, slots=True)
class Series:
    """One image of a case, or one channel of it.

    Args:
        uid: Series instance UID.
        number: From 1, in the order of the case.
        name: Name of the modality in the corpus, with the channel.
        modality: DICOM modality; "OT" where the name says none.
        image: The image.
        channel: Channel of it; None for its only one, or for colours.
    """

    uid: str
    number: int
    name: str
    modality: str
    image: Image
    channel: int | None

    @property
    def axis(self) -> int:
        """Axis of (z, y, x) that slices follow each other along: that of the coarsest voxels, as scanners cut.

        Example:
            >>> image = Image("0" * 64, "t1", "nifti", (256, 24, 256), spacing=(1.0, 5.0, 1.0), unit="mm")
            >>> Series("2.25.1", 1, "t1", "MR", image, None).axis
            1
        """
        if self.image.format != "nifti" or not self.image.is_volume or self.image.spacing is None:
            return 0
        coarsest = max(self.image.spacing)
        return self.image.spacing.index(coarsest) if coarsest > _COARSER * self.image.spacing[0] else 0

    @property
    def count(self) -> int:
        """Instances: slices, or one."""
        return self.image.shape[self.axis] if self.image.is_volume else 1

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of an instance."""
        if not self.image.is_volume:
            return self.image.shape[0], self.image.shape[1]
        rows, columns = (n for axis, n in enumerate(self.image.shape) if axis != self.axis)
        return rows, columns

    @property
    def is_colour(self) -> bool:
        """True for pictures of 8 bits in red, green and blue."""
        return self.channel is None and self.image.channels == _COLOURS

    def instance_uid(self, index: int) -> str:
        """SOP instance UID of a slice, counted from 0."""
        return derived_uid("instance", self.uid, index)


@dataclass(frozen=True, slots=True)
class Study:
    """A case with those of its images that are served as DICOM.

    Args:
        case: Its id.
        group: Its patient.
        is_pseudonym: True where the source put stand-ins in place of all identifiers.
        series: Its series.
    """

    case: str
    group: str
    is_pseudonym: bool
    series: tuple[Series, ...]

    @property
    def uid(self) -> str:
        """Study instance UID."""
        return study_uid(self.group, self.case)

    @property
    def count(self) -> int:
        """Instances of all series."""
        return sum(one.count for one in self.series)


def study_uid(group: str, case: str) -> str:
    """Study instance UID of a case."""
    return derived_uid("study", group, case)


def is_served(row: Mapping[str, Any], image: Mapping[str, Any]) -> bool:
    """True for scans: images in NIfTI, and all of what was read from DICOM; not for micrographs and figures.

    Args:
        row: The columns `COLUMNS`.
        image: One of its images.
    """
    return (image["format"] == "nifti" or row["provenance"]["source"] == _DICOM) and image["unit"] != "nm"


def study_of(row: Mapping[str, Any]) -> Study:
    """The study of a row of a corpus, with the images that are served.

    Args:
        row: The columns `COLUMNS`.
    """
    served = [image_of(image) for image in row["images"] if is_served(row, image)]
    pairs = [(image, channel) for image in served for channel in _channels(image)]
    series = tuple(_series(row["id"], image, channel, number) for number, (image, channel) in enumerate(pairs, start=1))
    return Study(str(row["id"]), str(row["group"]), row["provenance"]["source"] == _DICOM, series)


def _channels(image: Image) -> Iterator[int | None]:
    if image.channels == 1 or (image.channels == _COLOURS and image.bits == 8):
        return iter([None])
    return iter(range(image.channels))


def _series(case: str, image: Image, channel: int | None, number: int) -> Series:
    name = image.modality if channel is None else f"{image.modality} channel {channel}"
    spacing = None if image.spacing is None else list(image.spacing)
    uid = derived_uid("series", case, image.modality, image.content, spacing, channel)
    return Series(uid, number, name, _modality(image.modality), image, channel)


def _modality(name: str) -> str:
    """DICOM modality that a name of the corpus says: "ct_2" is a CT, "flair" an MR.

    Example:
        >>> _modality("ct_2"), _modality("flair"), _modality("t1c"), _modality("photo")
        ('CT', 'MR', 'MR', 'OT')
    """
    code = re.split(r"[^A-Za-z]", name, maxsplit=1)[0].upper()
    if code in _CODES:
        return code
    return "MR" if _MR_NAMES.fullmatch(name.lower()) else "OT"
