"""Planes of one series -> volumes, sorted by position along the slice normal, never by instance number."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.instance import Geometry, Instance, Plane

Placed: TypeAlias = tuple[Instance, Plane]

_SAME = 1e-2  # mm; positions closer than this are one position
_UNEVEN = 0.02  # of the spacing; scanners round positions, but not more than this
_STRAY = 0.1  # mm that a slice may lie off the line through all slices
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True)
class Stack:
    """A volume before its pixels are read.

    Args:
        planes: Planes in the order of the third voxel axis.
        affine: Voxel (column, row, slice) -> RAS millimetres.
        steps: Remarks for the provenance.
    """

    planes: tuple[Placed, ...]
    affine: NDArray[np.float64]
    steps: tuple[str, ...] = ()

    @property
    def series(self) -> str:
        """Series instance UID."""
        return self.planes[0][0].series


def stacks_of(planes: Iterable[Placed]) -> list[list[Placed]]:
    """Planes of a series that belong together, each sorted along its normal; repeats at one position apart."""
    families: dict[tuple[Any, ...], list[Placed]] = defaultdict(list)
    for instance, plane in planes:
        place = plane.geometry
        assert place is not None
        rounded = tuple(round(n, 3) + 0.0 for n in place.orientation), tuple(round(n, 4) for n in place.spacing)
        families[(*rounded, instance.shape, plane.kind)].append((instance, plane))
    return [stack for family in families.values() for stack in _repeats(family)]


def build_stack(planes: list[Placed]) -> Stack:
    """Check that the planes are evenly spaced, and work out the affine from their positions.

    Raises:
        SourceError: a slice is missing, the spacing is uneven, or the slices do not lie on one line.
    """
    first = _geometry(planes[0])
    positions = np.array([_geometry(plane).position for plane in planes])
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    step = (positions[-1] - positions[0]) / (len(planes) - 1)
    _refuse_uneven(positions, _normal(first))
    stray = np.abs(positions - (positions[0] + np.arange(len(planes))[:, None] * step)).max()
    if stray > max(_STRAY, 2 * _UNEVEN * float(np.linalg.norm(step))):
        msg = f"the slices do not lie on one line: one is {stray:.2f} mm beside it"
        raise SourceError(msg, remedy="export the series again, or reformat it to parallel slices")
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * first.spacing[1], column * first.spacing[0]
    affine[:3, 2], affine[:3, 3] = step, positions[0]
    tilt = np.degrees(np.arccos(min(1.0, abs(float(_normal(first) @ step)) / float(np.linalg.norm(step)))))
    steps = (f"gantry tilt of {tilt:.1f} degrees kept as shear",) if tilt > 0.5 else ()
    return Stack(tuple(planes), _LPS_TO_RAS @ affine, steps)


def read_stack(stack: Stack) -> NDArray[Any]:
    """Read and rescale a volume, `(z, y, x)` in the order of `stack.planes`; whole numbers stay whole.

    Raises:
        SourceError: a file cannot be decoded, or holds colours.
    """
    files: dict[str, NDArray[Any]] = {}
    slices = []
    for instance, plane in stack.planes:
        if instance.uid not in files:
            if len(instance.planes) == 1:
                files.clear()  # a classic file gives its one slice and is done
            files[instance.uid] = read_planes(instance)
        slices.append(files[instance.uid][plane.frame])
    if any(pixels.shape != slices[0].shape or pixels.ndim != 2 for pixels in slices):
        raise SourceError("the slices differ in size or are in colour", remedy="export the series again")
    rescale = {(plane.slope, plane.intercept) for _, plane in stack.planes}
    if len(rescale) == 1:
        return rescaled(np.stack(slices), *rescale.pop())
    return np.stack([rescaled(v, p.slope, p.intercept) for v, (_, p) in zip(slices, stack.planes, strict=True)])


def rescaled(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    """Stored values x slope + intercept: whole numbers in the smallest signed type that holds them, else float32.

    Example:
        >>> rescaled(np.array([0, 100], np.uint16), 2.0, -1024.0)
        array([-1024,  -824], dtype=int16)
    """
    if (slope, intercept) == (1.0, 0.0):
        return stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if stored.dtype.kind not in "iu" or not slope.is_integer() or not intercept.is_integer():
        return (stored.astype(np.float64) * slope + intercept).astype(np.float32)
    bounds = np.array([stored.min(), stored.max()], np.float64) * slope + intercept
    whole: tuple[type[np.signedinteger[Any]], ...] = (np.int16, np.int32)
    for dtype in whole:
        if np.iinfo(dtype).min <= bounds.min() and bounds.max() <= np.iinfo(dtype).max:
            return (stored.astype(np.int64) * int(slope) + int(intercept)).astype(dtype)
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def _repeats(family: list[Placed]) -> list[list[Placed]]:
    """Planes that share a position are moments of one place: the n-th of each position makes the n-th volume."""
    normal = _normal(_geometry(family[0]))
    depth = {id(placed): float(normal @ np.array(_geometry(placed).position)) for placed in family}
    ordered = sorted(family, key=lambda placed: (depth[id(placed)], placed[1].order, str(placed[0].path)))
    volumes: list[list[Placed]] = []
    last, repeat = -np.inf, 0
    places: list[list[Placed]] = []
    for placed in ordered:
        repeat = repeat + 1 if depth[id(placed)] - last < _SAME else 0
        if repeat == 0:
            last = depth[id(placed)]
            places.append([])
        places[-1].append(placed)
    for place in places:
        for moment, placed in enumerate(sorted(place, key=lambda item: (item[1].order, str(item[0].path)))):
            if moment == len(volumes):
                volumes.append([])
            volumes[moment].append(placed)
    return volumes


def _refuse_uneven(positions: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
    gaps = np.diff(positions @ normal)
    usual = float(np.median(gaps))
    uneven = np.abs(gaps - usual) > max(_SAME, _UNEVEN * usual)
    if not uneven.any():
        return
    wide = gaps[uneven]
    times = wide / usual
    if (np.abs(times - np.round(times)) < 0.1).all() and (times > 1.5).all():
        missing = int(np.round(times - 1).sum())
        gaps_found = f"gaps of {_millimetres(wide)} where {usual:.2f} mm is usual"
        msg = f"{missing} of {len(positions) + missing} slices are missing: {gaps_found}"
        raise SourceError(msg, remedy="export the series again with all of its slices")
    msg = f"the slices are spaced unevenly: {_millimetres(wide)} beside the usual {usual:.2f} mm"
    raise SourceError(msg, remedy="resample the series to even slices, or split it")


def _millimetres(gaps: NDArray[np.float64]) -> str:
    return ", ".join(f"{gap:.2f}" for gap in gaps[:5]) + (" mm" if len(gaps) <= 5 else " ... mm")


def _geometry(placed: Placed) -> Geometry:
    geometry = placed[1].geometry
    assert geometry is not None
    return geometry


def _normal(geometry: Geometry) -> NDArray[np.float64]:
    normal = np.cross(geometry.orientation[:3], geometry.orientation[3:])
    return normal / np.linalg.norm(normal)
