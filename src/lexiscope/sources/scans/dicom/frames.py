"""The planes of a file: one for a classic image, one a frame with its own geometry for a multi-frame image."""

import math
from typing import Any

from lexiscope.sources.scans.dicom.instance import Geometry, Plane
from lexiscope.sources.scans.dicom.values import value_of

_KINDS = ("ImageType", "EchoNumbers", "EchoTime", "InversionTime", "DiffusionBValue")
_ORDERS = ("TemporalPositionIdentifier", "TemporalPositionIndex", "AcquisitionNumber", "InstanceNumber")
_SEQUENCES = (  # functional group macros (DICOM PS3.3, C.7.6.16.2) that say where a frame lies and what it shows
    "PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence", "PixelValueTransformationSequence",
    "FrameContentSequence", "MREchoSequence", "MRDiffusionSequence", "SegmentIdentificationSequence",
    "MRImageFrameTypeSequence", "CTImageFrameTypeSequence",
)  # fmt: skip


def planes_of(dataset: Any, frames: int) -> tuple[Plane, ...]:
    """One plane a frame."""
    shared = _macros(_first(dataset, "SharedFunctionalGroupsSequence"))
    groups = value_of(dataset, "PerFrameFunctionalGroupsSequence") or ()
    if not groups:
        return tuple(_plane([*shared, dataset], frame, several=frames > 1) for frame in range(frames))
    return tuple(_plane([*_macros(group), *shared, dataset], frame) for frame, group in enumerate(groups[:frames]))


def _plane(places: list[Any], frame: int, *, several: bool = False) -> Plane:
    slope = _find(places, "RescaleSlope")
    segment = _find(places, "ReferencedSegmentNumber")
    kind = (str(segment),) if segment else tuple(str(_find(places, name)) for name in (*_KINDS, "FrameType", "StackID"))
    return Plane(
        frame=frame,
        # Frames of an old multi-frame image share one position, which can only be that of the first.
        geometry=None if several else geometry_of(places),
        slope=float(slope) if slope not in (None, "", 0) else 1.0,
        intercept=float(_find(places, "RescaleIntercept") or 0),
        kind=kind,
        order=tuple(int(_find(places, name) or 0) for name in _ORDERS),
    )


def geometry_of(places: list[Any]) -> Geometry | None:
    """Place of a plane, when position, orientation and spacing are all stated and make sense; else None."""
    values = [_find(places, name) for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")]
    if any(value is None or isinstance(value, str) for value in values):
        return None
    position, orientation, spacing = (tuple(float(number) for number in value) for value in values)
    if (len(position), len(orientation), len(spacing)) != (3, 6, 2) or min(spacing) <= 0:
        return None
    if not all(map(math.isfinite, (*position, *orientation, *spacing))) or not _is_square(orientation):
        return None
    return Geometry((position[0], position[1], position[2]), orientation, (spacing[0], spacing[1]))


def _is_square(orientation: tuple[float, ...]) -> bool:
    row, column = orientation[:3], orientation[3:]
    lengths = (math.hypot(*row), math.hypot(*column))
    tilt = sum(a * b for a, b in zip(row, column, strict=True))
    return all(abs(length - 1) < 1e-2 for length in lengths) and abs(tilt) < 1e-2


def _macros(group: Any) -> list[Any]:
    return [] if group is None else [item for name in _SEQUENCES if (item := _first(group, name)) is not None]


def _first(dataset: Any, name: str) -> Any:
    items = value_of(dataset, name)
    return items[0] if items else None


def _find(places: list[Any], name: str) -> Any:
    return next((value for place in places if (value := value_of(place, name)) not in (None, "")), None)
