"""DICOM headers -> `Instance`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lexiscope.core.case import Scalar
from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.header import Header
from lexiscope.sources.paths import check_regular
from lexiscope.sources.scans.dicom.cut_pixels import REMEDY, native_bytes
from lexiscope.sources.scans.dicom.files import quietly, read_dataset
from lexiscope.sources.scans.dicom.frames import missing_of, planes_of
from lexiscope.sources.scans.dicom.grids import grid_notes, grid_planes
from lexiscope.sources.scans.dicom.instance import Instance, RawPixels, Segments
from lexiscope.sources.scans.dicom.mosaic import mosaic_planes
from lexiscope.sources.scans.dicom.names import hints_of
from lexiscope.sources.scans.dicom.object_kinds import is_tomographic, refuse_unplaced, unit_notes
from lexiscope.sources.scans.dicom.projection import flat_spacing
from lexiscope.sources.scans.dicom.shown import KEPT_AS_MEASURED, is_measured, is_reversed
from lexiscope.sources.scans.dicom.stored_bits import StoredBits
from lexiscope.sources.scans.dicom.values import value_of
from lexiscope.sources.steady import FileState

_SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")  # a frame a segment; label map
_NATIVE = ("", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1")  # uncompressed, little endian
_DEFLATED = "1.2.840.10008.1.2.1.99"
_IDENTIFIERS = (
    "PatientID", "PatientName", "OtherPatientIDs", "AccessionNumber", "PatientBirthDate", "StudyID",
    "ReferringPhysicianName", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID",
)  # fmt: skip
_VISIT = ("StudyDate", "StudyTime", "StudyID", "AccessionNumber")
_NAMES = ("PatientName", "OtherPatientNames", "ReferringPhysicianName", "OperatorsName")
_NO_LOSS = "nothing is lost of the images; leave it out to silence this"
_CONTOURS = "its contours are not read: convert them to a DICOM segmentation or to NIfTI masks"
_OLDEST = 90  # ages above are pooled: a rare age identifies (HIPAA Safe Harbor, 45 CFR 164.514)
_AGE_UNITS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def read_instance(path: Path) -> Instance:
    """Read one file's header.

    Raises:
        SourceError: no DICOM, damaged, or no image.
    """
    check_regular(path)
    state = FileState.of(path)
    dataset, offset = read_dataset(path)
    try:
        with quietly():
            return _instance(path, dataset, offset, state)
    except SourceError:
        raise
    except Exception as error:  # a value that does not fit its field; the parser's words would quote it
        msg = f"the file has a DICOM header with values that make no sense ({type(error).__name__})"
        raise SourceError(msg, remedy="export the file again, or leave it out") from error


def _instance(path: Path, dataset: Any, offset: int, state: FileState) -> Instance:
    _refuse_without_image(dataset, offset, state.size)
    shape = (int(value_of(dataset, "Rows")), int(value_of(dataset, "Columns")))
    frames = max(1, int(value_of(dataset, "NumberOfFrames") or 1))
    bits = StoredBits.of(dataset)
    samples = int(value_of(dataset, "SamplesPerPixel") or 1)
    Header("dicom", (frames, *shape), samples, bits.allocated)  # refuses what is too large
    _refuse_without_pixels(dataset, offset, state.size)
    refuse_unplaced(dataset, frames)
    tiled = mosaic_planes(dataset)
    planes = tiled or grid_planes(dataset, frames) or planes_of(dataset, frames)
    spacing, remarks = flat_spacing(dataset)
    flat = all(plane.geometry is None for plane in planes)
    reversed_, measured = is_reversed(dataset), is_measured(dataset, planes)
    return Instance(
        path=path,
        uid=_text(dataset, "SOPInstanceUID"),
        study=_text(dataset, "StudyInstanceUID"),
        series=_text(dataset, "SeriesInstanceUID"),
        patient=_text(dataset, "PatientID"),
        modality=_modality(dataset),
        order=_whole(value_of(dataset, "SeriesNumber")),
        hints=hints_of(dataset),
        shape=shape,
        planes=planes,
        tiles=len(tiled),
        inverted=reversed_ and not measured,
        bits=bits,
        notes=(
            *filter(None, (bits.note, KEPT_AS_MEASURED if reversed_ and measured else "")),
            *unit_notes(dataset),
            *grid_notes(dataset, frames),
            *(remarks if flat else ()),
        ),
        spacing=spacing,
        raw=_raw_pixels(dataset, offset),
        segments=_segments(dataset),
        attributes=_attributes(dataset),
        secrets=secrets_of(dataset),
        visit=tuple(_text(dataset, name) for name in _VISIT),
        tomographic=is_tomographic(dataset),
        missing=missing_of(dataset, planes),
        called=re.sub(r"[\W_]+", " ", _text(dataset, "PatientName")).casefold().strip(),
        state=state,
    )


def secrets_of(dataset: Any) -> frozenset[str]:
    """Identifiers in a header: whole values and the parts of names."""
    values = {str(value_of(dataset, name) or "").strip() for name in _IDENTIFIERS}
    names = [str(value_of(dataset, name) or "") for name in _NAMES]
    parts = {part.strip() for name in names for part in re.split(r"[\^=]+", name)}
    return frozenset(value for value in values | parts if len(value) > 2 or (len(value) > 1 and not value.isascii()))


def _refuse_without_image(dataset: Any, offset: int, size: int) -> None:
    from pydicom.uid import UID

    if value_of(dataset, "Rows") and value_of(dataset, "Columns"):
        return
    kind = UID(str(value_of(dataset, "SOPClassUID") or "")).name or "unnamed"
    is_image = "Rows" in dataset or kind.endswith("Image Storage")
    if is_image or value_of(dataset, "Modality") in ("MR", "CT", "PT", "US", "CR", "DX", "NM", "XA", "MG"):
        if _is_cut(dataset, offset, size):
            msg = f"the file is truncated: it ends after {size:,} bytes, before its header says how large the image is"
            raise SourceError(msg, remedy=REMEDY)
        msg = f"expected an image, got a DICOM header ({kind}) that does not say how large the image is"
        raise SourceError(msg, remedy="export the file again")
    msg = f"expected an image, got another DICOM object ({kind}), which has no pixels"
    raise SourceError(msg, remedy=_CONTOURS if value_of(dataset, "Modality") == "RTSTRUCT" else _NO_LOSS)


def _refuse_without_pixels(dataset: Any, offset: int, size: int) -> None:
    if not _is_cut(dataset, offset, size):
        return
    msg = f"the file is truncated: it ends after {size:,} bytes, before its pixels"
    raise SourceError(f"{msg}, of which its header claims {native_bytes(dataset):,} bytes", remedy=REMEDY)


def _is_cut(dataset: Any, offset: int, size: int) -> bool:
    """True for a file that ends within its header; where the parser inflated it, nothing is known of offsets."""
    return offset + 8 > size and str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID") or "") != _DEFLATED


def _text(dataset: Any, name: str) -> str:
    return str(value_of(dataset, name) or "").strip(" \0")


def _modality(dataset: Any) -> str:
    name = str(value_of(dataset, "Modality") or "").strip().lower()
    return name if name.isalnum() and len(name) <= 8 else "image"


def _whole(value: Any) -> int:
    return int(value) if value not in (None, "") else 0


def _raw_pixels(dataset: Any, offset: int) -> RawPixels | None:
    meta = getattr(dataset, "file_meta", {})
    plain = (
        str(meta.get("TransferSyntaxUID") or "") in _NATIVE,
        dataset.original_encoding[1],
        value_of(dataset, "BitsAllocated") in (8, 16),
        _whole(value_of(dataset, "SamplesPerPixel")) in (0, 1),
        str(value_of(dataset, "PhotometricInterpretation")) in ("MONOCHROME1", "MONOCHROME2"),
        "ModalityLUTSequence" not in dataset,
    )
    if not all(plain):
        return None
    sign = "i" if value_of(dataset, "PixelRepresentation") else "u"
    start = offset + (8 if dataset.original_encoding[0] else 12)  # tag, VR, length: DICOM PS3.5, 7.1
    return RawPixels(f"<{sign}{int(value_of(dataset, 'BitsAllocated')) // 8}", start)


def _segments(dataset: Any) -> Segments | None:
    if str(value_of(dataset, "SOPClassUID")) not in _SEGMENTATIONS:
        return None
    labels = {
        str(item.SegmentNumber): str(item.get("SegmentLabel") or "") for item in dataset.get("SegmentSequence", ())
    }
    series = tuple(str(item.SeriesInstanceUID) for item in dataset.get("ReferencedSeriesSequence", ()))
    kind = value_of(dataset, "SegmentationType")
    maximum = 1 if kind == "BINARY" else int(value_of(dataset, "MaximumFractionalValue") or 0) or None
    return Segments(labels, series, numbered=kind == "LABELMAP", maximum=maximum)


def _attributes(dataset: Any) -> Mapping[str, Scalar]:
    age, sex = (str(value_of(dataset, name) or "").strip().upper() for name in ("PatientAge", "PatientSex"))
    facts: dict[str, Scalar] = {}
    if age[:-1].isdecimal() and len(age) <= 4 and age[-1] in _AGE_UNITS:
        facts["age"] = min(round(int(age[:-1]) * _AGE_UNITS[age[-1]], 1), float(_OLDEST))
    if sex in ("F", "M", "O"):
        facts["sex"] = sex
    return facts
