"""`write_segmentation`: masks as a DICOM segmentation of the series that they were found in.

It belongs to the patient and the study of its series, and so carries their identifiers. Slices without any mask are
left out, as DICOM wants; what no frame shows is still described, and so was searched for and is absent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from lexiscope.core.errors import UsageError
from lexiscope.core.extras import need
from lexiscope.core.files import write_beside
from lexiscope.sources.scans.dicom.files import quietly
from lexiscope.tasks.segment.dicom_series import DicomSeries, spacing_of

_LO, _ST = 64, 1024  # characters of a long string and of a short text, DICOM PS3.5, 6.2
_UTF8 = "ISO_IR 192"
_NUMBER = 1000  # added to the number of the series
_MAKER = "lexiscope"


@dataclass(frozen=True, slots=True)
class Segmented:
    """What a segmentation says of where it comes from.

    Args:
        model: Name of the model.
        version: What tells the model apart from others of that name.
        series: UID of the series that the segmentations of one call make.
        number: Number of the segmentation in that series, from 1.
    """

    model: str
    version: str
    series: str
    number: int = 1


def write_segmentation(
    masks: Sequence[Bool[np.ndarray, "slice row column"]],
    sentences: Sequence[str],
    source: DicomSeries,
    path: Path,
    *,
    origin: Segmented,
    labelmap: bool = False,
) -> Path:
    """Write masks as one file.

    Args:
        masks: A mask for each sentence, in the order in which the series' slices lie.
        sentences: What each mask was asked for with; its label holds the first 64 characters.
        source: The series.
        path: File to write.
        origin: Model and place in the series.
        labelmap: One number a voxel, in place of a plane of bits for each sentence.

    Raises:
        MissingExtraError: highdicom is not installed.
        UsageError: masks that overlap, as a label map.
    """
    highdicom: Any = need("highdicom", extra="segment")
    if labelmap:
        _refuse_overlap(masks, sentences)
    kind = "LABELMAP" if labelmap else "BINARY"
    described = [_segment(number, one, origin) for number, one in enumerate(sentences, start=1)]
    with quietly():
        dataset = highdicom.seg.Segmentation(
            source_images=list(source.headers),
            pixel_array=np.stack(masks, axis=-1).astype(np.uint8),
            segmentation_type=kind,
            segment_descriptions=described,
            series_instance_uid=origin.series,
            series_number=_NUMBER + max(0, int(source.first.get("SeriesNumber") or 0)),
            sop_instance_uid=highdicom.UID(),
            instance_number=origin.number,
            manufacturer=_MAKER,
            manufacturer_model_name=_MAKER,
            software_versions=origin.version,
            device_serial_number=origin.version,
            series_description=_short(f"{_MAKER}: {origin.model}", _LO),
            content_description=_short("; ".join(sentences), _LO),
            specific_character_set=_UTF8,
            **_places(source, len(masks[0])),
        )
        with write_beside(path) as part:
            dataset.save_as(part, enforce_file_format=True)
    return path


def _segment(number: int, sentence: str, origin: Segmented) -> Any:
    import highdicom
    from pydicom.sr.codedict import codes

    algorithm = highdicom.AlgorithmIdentificationSequence(
        name=_short(origin.model, _LO),
        family=codes.DCM.ArtificialIntelligence,
        version=_short(origin.version, _LO),
        source=_MAKER,
    )
    described = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=_short(sentence, _LO),
        segmented_property_category=codes.SCT.Tissue,  # a sentence has no code; this is the widest that there is
        segmented_property_type=codes.SCT.Tissue,
        algorithm_type="AUTOMATIC",
        algorithm_identification=algorithm,
    )
    described.SegmentDescription = _short(sentence, _ST)
    return described


def _places(source: DicomSeries, count: int) -> dict[str, Any]:
    """Place of each slice, where there is no header for each that says it."""
    import highdicom

    if len(source.headers) == count or source.affine is None:
        return {}
    axes, origin = source.affine[:3, :3], source.affine[:3, 3]
    width, height, apart = spacing_of(source.affine)
    row, column = axes[:, 0] / width, axes[:, 1] / height
    return {
        "plane_positions": [
            highdicom.PlanePositionSequence("PATIENT", [float(x) for x in origin + k * axes[:, 2]])
            for k in range(count)
        ],
        "plane_orientation": highdicom.PlaneOrientationSequence("PATIENT", [*map(float, row), *map(float, column)]),
        "pixel_measures": highdicom.PixelMeasuresSequence((height, width), apart, apart),
    }


def _refuse_overlap(masks: Sequence[np.ndarray], sentences: Sequence[str]) -> None:
    for later in range(len(masks)):
        for earlier in range(later):
            shared = int((masks[earlier] & masks[later]).sum())
            if shared:
                msg = f"expected masks that do not overlap, got {sentences[earlier]!r} and {sentences[later]!r}"
                msg = f"{msg} with {shared:,} voxels in common, which no label map can hold"
                raise UsageError(f"{msg}; write a file for each with --as dicom-seg")


def _short(text: str, most: int) -> str:
    """Text as DICOM holds it: no backslash, which parts values, no control characters, and cut at its most.

    Example:
        >>> _short("the dark rim\\nof the lesion", 12)
        'the dark rim'
    """
    plain = " ".join(re.sub(r"[\\\x00-\x1f\x7f]+", " ", text).split())
    return plain if len(plain) <= most else plain[:most].rstrip()
