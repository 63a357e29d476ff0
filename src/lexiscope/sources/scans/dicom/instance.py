"""`Instance`: what one DICOM file holds, and `Plane`: where one of its frames lies. Headers only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.case import Scalar
from lexiscope.sources.scans.dicom.stored_bits import FULL_WORDS, StoredBits
from lexiscope.sources.steady import FileState


@dataclass(frozen=True, slots=True)
class Geometry:
    """Place of a plane in the patient: LPS millimetres, as DICOM PS3.3 C.7.6.2 has them.

    Args:
        position: Centre of the first pixel.
        orientation: Unit vectors along a row and along a column, six numbers.
        spacing: Spacing between rows and between columns, (y, x).
        rounding: Last decimal that the position is written with, in mm (0.1 for "12.3"); 0 when it was computed.
    """

    position: tuple[float, float, float]
    orientation: tuple[float, ...]
    spacing: tuple[float, float]
    rounding: float = 0.0


@dataclass(frozen=True, slots=True)
class Plane:
    """One frame of an instance.

    Args:
        frame: Number of the frame in the file, from 0.
        geometry: Place of the plane; None for pictures that lie nowhere (an ultrasound still, a radiograph).
        slope: Stored values x slope + intercept are the values meant.
        kind: Words that tell volumes of one series apart ("StackID 2"); of a segmentation the number of the segment.
        numbers: Numbers that tell volumes of one series apart, in the order of `frames.NUMBERS`.
        times: Tags that tell time points apart, in the order of `frames.TIMES`; None where a tag is not stated.
        order: Values that order planes at one position: acquisition and instance number.
    """

    frame: int
    geometry: Geometry | None
    slope: float = 1.0
    intercept: float = 0.0
    kind: tuple[str, ...] = ()
    numbers: tuple[float | None, ...] = ()
    times: tuple[float | None, ...] = ()
    order: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RawPixels:
    """Uncompressed grey pixels, readable without a parser: NumPy type and the byte at which they start."""

    dtype: str
    offset: int


@dataclass(frozen=True, slots=True)
class Segments:
    """Segments of a segmentation file.

    Args:
        labels: The names of its segments by number.
        series: The series that it was drawn on.
        numbered: Pixels are numbers of segments (a label map); otherwise each frame shows one segment.
        maximum: Value of a pixel that lies wholly in the segment; None takes the largest that occurs.
    """

    labels: Mapping[str, str]
    series: tuple[str, ...]
    numbered: bool = False
    maximum: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Instance:
    """One DICOM file.

    Args:
        path: Path of the file.
        uid: SOP instance; empty when the file states none. So for `study` and `series`.
        patient: PatientID; empty when there is none.
        called: PatientName, its letters and digits alone; it tells patients apart where no PatientID does.
        modality: Modality in lower case, such as "mr".
        order: Series number, which orders the series of a study.
        hints: Sequence words of the fixed vocabulary of `names`.
        shape: (y, x) of one frame as stored; of a mosaic, of the whole mosaic.
        tiles: Images in a Siemens mosaic, 0 for other files.
        inverted: A picture whose high values are meant to look dark (MONOCHROME1), and which is turned.
        bits: Place of the value in a word.
        notes: Remarks about its values, their unit and its spacing for the provenance.
        spacing: (y, x) in mm of planes without geometry.
        raw: Pixels as stored; None when pydicom must decode.
        segments: Segments, of segmentations only.
        attributes: Facts about the patient and the study that identify nobody.
        secrets: Identifiers that must appear nowhere.
        copies: Other files with the same SOP instance and the same pixels.
        visit: Date, time and number of the study, which stand in for its UID where that is missing.
        tomographic: Cross-sections of a volume, by its SOP class; never a picture without a place.
        missing: Attributes that its planes lack to have a place; empty when they have one.
        state: State of the file when its header was read; its pixels belong to no other.
    """

    path: Path
    uid: str
    study: str
    series: str
    patient: str
    modality: str
    order: int
    hints: tuple[str, ...]
    shape: tuple[int, int]
    planes: tuple[Plane, ...]
    tiles: int = 0
    inverted: bool = False
    bits: StoredBits = FULL_WORDS
    notes: tuple[str, ...] = ()
    spacing: tuple[float, float] | None = None
    raw: RawPixels | None = None
    segments: Segments | None = None
    attributes: Mapping[str, Scalar] | None = None
    secrets: frozenset[str] = frozenset()
    copies: tuple[Path, ...] = ()
    visit: tuple[str, ...] = ()
    tomographic: bool = False
    missing: str = ""
    called: str = ""
    state: FileState | None = None
