"""The planes of a file: one for a classic image, one a frame with its own geometry for a multi-frame image."""

import math
from typing import Any

from lexiscope.sources.scans.dicom.instance import Geometry, Plane
from lexiscope.sources.scans.dicom.values import value_of

WORDS = {  # attributes in words that tell volumes of one series apart -> what they are called in provenance
    "ImageType": "image type", "EchoNumbers": "echo number", "FrameType": "frame type", "StackID": "stack",
    "Units": "unit",
}  # fmt: skip
NUMBERS = {  # attributes in numbers that tell volumes apart, each under its name in classic and enhanced images
    "echo time": ("EchoTime", "EffectiveEchoTime"), "inversion time": ("InversionTime", "InversionTimes"),
    "b-value": ("DiffusionBValue",),
}  # fmt: skip
TIMES = (  # tags that tell time points apart, the most telling first
    "TemporalPositionIdentifier", "TemporalPositionIndex", "TemporalPositionTimeOffset", "AcquisitionNumber",
    "FrameAcquisitionNumber", "TriggerTime", "NominalCardiacTriggerDelayTime", "FrameReferenceTime",
    "AcquisitionDateTime", "AcquisitionTime", "FrameAcquisitionDateTime", "ContentTime",
)  # fmt: skip
_ORDERS = ("AcquisitionNumber", "InstanceNumber")
_PLACES = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
_SEQUENCES = (  # functional group macros (DICOM PS3.3, C.7.6.16.2) that say where a frame lies and what it shows
    "PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence", "PixelValueTransformationSequence",
    "FrameContentSequence", "MREchoSequence", "MRDiffusionSequence", "SegmentIdentificationSequence",
    "MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence", "XRay3DFrameTypeSequence",
    "MRModifierSequence", "TemporalPositionSequence", "CardiacSynchronizationSequence",
)  # fmt: skip


def planes_of(dataset: Any, frames: int) -> tuple[Plane, ...]:
    """One plane a frame."""
    shared = _macros(_first(dataset, "SharedFunctionalGroupsSequence"))
    groups = value_of(dataset, "PerFrameFunctionalGroupsSequence") or ()
    if not groups:
        return tuple(_plane([*shared, dataset], frame, several=frames > 1) for frame in range(frames))
    planes = tuple(_plane([*_macros(group), *shared, dataset], frame) for frame, group in enumerate(groups[:frames]))
    return planes + tuple(_plane([*shared, dataset], frame, several=True) for frame in range(len(planes), frames))


def missing_of(dataset: Any, planes: tuple[Plane, ...]) -> str:
    """Attributes that planes without a place lack, as words; empty when every plane has one."""
    frame = next((plane.frame for plane in planes if plane.geometry is None), None)
    if frame is None:
        return ""
    group = next(iter((value_of(dataset, "PerFrameFunctionalGroupsSequence") or ())[frame : frame + 1]), None)
    places = [*_macros(group), *_macros(_first(dataset, "SharedFunctionalGroupsSequence")), dataset]
    lacking = [name for name in _PLACES if _find(places, name) is None]
    if lacking:
        return " and ".join(lacking) + (" is missing" if len(lacking) == 1 else " are missing")
    if len(planes) > 1 and group is None:
        return "the position of each frame is missing (PerFrameFunctionalGroupsSequence)"
    return f"{', '.join(_PLACES)} do not make a rectangle in space"


def _plane(places: list[Any], frame: int, *, several: bool = False) -> Plane:
    slope = _find(places, "RescaleSlope")
    segment = _find(places, "ReferencedSegmentNumber")
    return Plane(
        frame=frame,
        # Frames of an old multi-frame image share one position, which can only be that of the first.
        geometry=None if several else geometry_of(places),
        slope=float(slope) if slope not in (None, "", 0) else 1.0,
        intercept=float(_find(places, "RescaleIntercept") or 0),
        kind=(str(segment),) if segment else tuple(f"{name} {_find(places, name)}" for name in WORDS),
        numbers=() if segment else tuple(_number(places, *names) for names in NUMBERS.values()),
        times=times_of(places),
        order=tuple(int(_find(places, name) or 0) for name in _ORDERS),
    )


def times_of(places: list[Any]) -> tuple[float | None, ...]:
    """Values of `TIMES` as numbers, None where one is not stated or is no number."""
    return tuple(_number(places, name) for name in TIMES)


def geometry_of(places: list[Any]) -> Geometry | None:
    """Place of a plane, when position, orientation and spacing are all stated and make sense; else None."""
    values = [_find(places, name) for name in _PLACES]
    if any(value is None or isinstance(value, str) for value in values):
        return None
    position, orientation, spacing = (tuple(float(number) for number in value) for value in values)
    if (len(position), len(orientation), len(spacing)) != (3, 6, 2) or min(spacing) <= 0:
        return None
    if not all(map(math.isfinite, (*position, *orientation, *spacing))) or not _is_square(orientation):
        return None
    rounding = min(map(_last_decimal, values[0]))
    return Geometry((position[0], position[1], position[2]), orientation, (spacing[0], spacing[1]), rounding)


def _last_decimal(number: Any) -> float:
    """Unit of the last decimal that a number is written with, without noughts at the end, which programs fill up.

    0 when it was never text, or written with an exponent.
    """
    text = str(getattr(number, "original_string", "")).strip()
    whole, _, decimals = text.partition(".")
    plain = whole.lstrip("+-").isdecimal() and (decimals.isdecimal() or not decimals)
    return 10.0 ** -len(decimals.rstrip("0")) if plain else 0.0


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


def _number(places: list[Any], *names: str) -> float | None:
    """First of the named values that is stated and a number; of several numbers the first."""
    value = next((value for name in names if (value := _find(places, name)) is not None), None)
    if not isinstance(value, str | int | float) and value is not None:
        value = next(iter(value), None)
    try:
        number = math.nan if value is None else float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
