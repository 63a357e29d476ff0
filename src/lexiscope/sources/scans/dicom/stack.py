"""Planes sorted along their normal -> one volume: its affine, checked, and its values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.families import Placed
from lexiscope.sources.scans.dicom.instance import Geometry
from lexiscope.sources.scans.dicom.spacing import UNEVEN, normal_of, refuse_uneven, rounding_of

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


def build_stack(planes: list[Placed]) -> Stack:
    """Check that the planes are evenly spaced, and work out the affine from their positions.

    Raises:
        SourceError: a slice is missing, the spacing is uneven, or the slices do not lie on one line.
    """
    first = _geometry(planes[0])
    positions = np.array([_geometry(plane).position for plane in planes])
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    step = (positions[-1] - positions[0]) / (len(planes) - 1)
    rounding = rounding_of(planes)
    rounded = refuse_uneven(positions @ normal_of(first), rounding)
    stray = np.abs(positions - (positions[0] + np.arange(len(planes))[:, None] * step)).max()
    if stray > max(_STRAY, 2 * UNEVEN * float(np.linalg.norm(step)), 2 * rounding):
        msg = f"the slices do not lie on one line: one is {stray:.2f} mm beside it"
        raise SourceError(msg, remedy="export the series again, or reformat it to parallel slices")
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * first.spacing[1], column * first.spacing[0]
    affine[:3, 2], affine[:3, 3] = step, positions[0]
    tilt = np.degrees(np.arccos(min(1.0, abs(float(normal_of(first) @ step)) / float(np.linalg.norm(step)))))
    steps = (f"gantry tilt of {tilt:.1f} degrees kept as shear",) if tilt > 0.5 else ()
    if rounded:
        even = f"even steps of {np.linalg.norm(step):.3f} mm"
        steps = (*steps, f"positions are written rounded: {even} taken, which they are within that rounding")
    return Stack(tuple(planes), _LPS_TO_RAS @ affine, steps)


def lone_slice(placed: Placed) -> Stack:
    """A stack of one plane, 1 mm thick: the grid that a segmentation of a single slice lies on."""
    place = _geometry(placed)
    row, column = np.array(place.orientation[:3]), np.array(place.orientation[3:])
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * place.spacing[1], column * place.spacing[0]
    affine[:3, 2], affine[:3, 3] = normal_of(place), place.position
    return Stack((placed,), _LPS_TO_RAS @ affine)


def read_stack(stack: Stack) -> NDArray[Any]:
    """Read and rescale a volume, `(z, y, x)` in the order of `stack.planes`; whole numbers stay whole.

    Raises:
        SourceError: a file cannot be decoded, or holds colours.
    """
    files: dict[Path, NDArray[Any]] = {}
    slices = []
    for instance, plane in stack.planes:
        if instance.path not in files:
            if len(instance.planes) == 1:
                files.clear()  # a classic file gives its one slice and is done
            files[instance.path] = read_planes(instance)
        slices.append(files[instance.path][plane.frame])
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


def _geometry(placed: Placed) -> Geometry:
    geometry = placed[1].geometry
    assert geometry is not None
    return geometry
