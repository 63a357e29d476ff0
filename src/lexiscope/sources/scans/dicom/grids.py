"""The planes of dose grids and nuclear tomograms, whose frames lie at steps that the header states in its own way."""

import math
from typing import Any

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.frames import geometry_of, times_of
from lexiscope.sources.scans.dicom.instance import Geometry, Plane
from lexiscope.sources.scans.dicom.values import value_of

_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
_NUCLEAR = "1.2.840.10008.5.1.4.1.1.20"
_PLACES = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
_VECTORS = ("EnergyWindowVector", "TimeSlotVector", "RRIntervalVector", "PhaseVector")  # a number for each frame
_REMEDY = "export the grid again with all of its header, or convert it to NIfTI"


def grid_planes(dataset: Any, frames: int) -> tuple[Plane, ...]:
    """The planes of a dose grid in Gy or of a nuclear tomogram; none when the image is neither.

    Raises:
        SourceError: the header does not say where the frames lie, or what their values mean.
    """
    kind = str(value_of(dataset, "SOPClassUID"))
    if kind == _DOSE:
        return _dose_planes(dataset, frames)
    if kind == _NUCLEAR and frames > 1 and (acquired := _acquisition(dataset)):
        return _nuclear_planes(dataset, frames, acquired)
    return ()


def grid_notes(dataset: Any, frames: int) -> tuple[str, ...]:
    """What was taken for the steps of a nuclear tomogram that does not state them."""
    nuclear = str(value_of(dataset, "SOPClassUID")) == _NUCLEAR and frames > 1 and _acquisition(dataset)
    guessed = nuclear and not value_of(dataset, "SpacingBetweenSlices")
    return ("SpacingBetweenSlices is missing: SliceThickness was taken for it",) if guessed else ()


def _dose_planes(dataset: Any, frames: int) -> tuple[Plane, ...]:
    """Frames at `GridFrameOffsetVector` along the normal, stored values x `DoseGridScaling` (DICOM PS3.3, C.8.8.3)."""
    scaling = _scaling(dataset)
    geometry = _stated_geometry([dataset], "the dose grid")
    stated = [float(offset) for offset in value_of(dataset, "GridFrameOffsetVector") or ()]
    if frames > 1 and len(stated) != frames:
        lacking = f"has {len(stated)} numbers for {frames} frames" if stated else "is missing"
        raise SourceError(f"the dose grid has no place: GridFrameOffsetVector {lacking}", remedy=_REMEDY)
    offsets = _relative(stated, geometry) if frames > 1 else [0.0]
    kind = tuple(f"{name} {value_of(dataset, name)}" for name in ("DoseType", "DoseSummationType"))
    return tuple(
        Plane(frame, _shifted(geometry, offset), slope=scaling, kind=kind) for frame, offset in enumerate(offsets)
    )


def _scaling(dataset: Any) -> float:
    """Gray of a stored value of 1."""
    unit, scaling = str(value_of(dataset, "DoseUnits") or "").upper(), value_of(dataset, "DoseGridScaling")
    if unit != "GY" or not scaling:
        lacking = "DoseGridScaling is missing" if unit == "GY" else f"DoseUnits is {unit or 'missing'}"
        raise SourceError(f"expected a dose grid in Gy, but {lacking}", remedy=_REMEDY)
    return float(scaling)


def _relative(offsets: list[float], geometry: Geometry) -> list[float]:
    """Offsets from the first frame; vectors of an axial grid that do not start at 0 are positions along z."""
    if offsets[0] == 0:
        return offsets
    upright = _normal(geometry)[2]
    if abs(abs(upright) - 1) > 1e-3:
        msg = "the dose grid has no place: GridFrameOffsetVector starts at no 0 and the grid is not axial"
        raise SourceError(msg, remedy=_REMEDY)
    return [(offset - geometry.position[2]) / upright for offset in offsets]


def _acquisition(dataset: Any) -> str:
    """Third value of the image type of a nuclear tomogram, such as "RECON TOMO"; empty for planar images."""
    words = [str(word).upper() for word in value_of(dataset, "ImageType") or ()]
    word = words[2] if len(words) > 2 else ""
    return word if "TOMO" in word or "RECON" in word else ""


def _nuclear_planes(dataset: Any, frames: int, acquired: str) -> tuple[Plane, ...]:
    """Slices at `SpacingBetweenSlices` along the normal from the detector's position (DICOM PS3.3, C.8.4.9 and 11)."""
    if "RECON" not in acquired:
        msg = f"expected reconstructed slices, got the raw projections of a tomogram (ImageType {acquired})"
        raise SourceError(msg, remedy="reconstruct it, and export the slices")
    detectors = value_of(dataset, "DetectorInformationSequence") or ()
    geometry = _stated_geometry([*detectors[:1], dataset], "the nuclear tomogram")
    gap = value_of(dataset, "SpacingBetweenSlices") or value_of(dataset, "SliceThickness")
    if not gap or not math.isfinite(float(gap)):
        raise SourceError("the nuclear tomogram has no place: SpacingBetweenSlices is missing", remedy=_REMEDY)
    slices = _vector(dataset, "SliceVector", frames) or list(range(1, frames + 1))
    others = [_vector(dataset, name, frames) or [0] * frames for name in _VECTORS]
    times = times_of([dataset])
    return tuple(
        Plane(
            frame,
            _shifted(geometry, (slices[frame] - 1) * float(gap)),
            kind=tuple(f"{name} {vector[frame]}" for name, vector in zip(_VECTORS, others, strict=True)),
            times=times,
        )
        for frame in range(frames)
    )


def _vector(dataset: Any, name: str, frames: int) -> list[int]:
    value = value_of(dataset, name)
    numbers = [] if value is None else [int(number) for number in (value if hasattr(value, "__iter__") else [value])]
    return numbers if len(numbers) == frames else []


def _stated_geometry(places: list[Any], what: str) -> Geometry:
    geometry = geometry_of(places)
    if geometry is not None:
        return geometry
    lacking = [name for name in _PLACES if not any(value_of(place, name) for place in places)]
    stated = f"{', '.join(lacking)} missing" if lacking else "position, orientation and spacing make no sense"
    raise SourceError(f"{what} has no place: {stated}", remedy=_REMEDY)


def _shifted(geometry: Geometry, offset: float) -> Geometry:
    x, y, z = (p + offset * n for p, n in zip(geometry.position, _normal(geometry), strict=True))
    return Geometry((x, y, z), geometry.orientation, geometry.spacing)


def _normal(geometry: Geometry) -> tuple[float, float, float]:
    a, b = geometry.orientation[:3], geometry.orientation[3:]
    x, y, z = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    length = math.hypot(x, y, z)
    return x / length, y / length, z / length
