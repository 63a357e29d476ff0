"""Place of a slice in the patient, as DICOM states it: towards the patient's left, back and head (LPS)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SQUARE = 1e-3  # cosine of the angle between rows and columns; DICOM can state no shear within a slice
_LPS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Place of a volume whose slices are shown as a radiologist is used to.

    Args:
        row: Direction in which columns follow each other, unit length.
        column: Direction in which rows follow each other.
        first: Middle of the first pixel of slice 0, in millimetres.
        step: From a slice to the next.
        spacing: (row, column) size of a pixel.
    """

    row: NDArray[np.float64]
    column: NDArray[np.float64]
    first: NDArray[np.float64]
    step: NDArray[np.float64]
    spacing: tuple[float, float]

    @property
    def apart(self) -> float:
        """Distance of slices in millimetres, along what stands upright on them."""
        return abs(float(self.step @ np.cross(self.row, self.column)))


def place_of_slices(affine: NDArray[np.float64], shape: tuple[int, ...], axis: int = 0) -> Place | None:
    """Place of slices with rows and columns turned around; None where DICOM cannot state it.

    Args:
        affine: From voxels (x, y, z) to RAS millimetres.
        shape: (z, y, x) or (y, x).
        axis: Axis of (z, y, x) that slices follow each other along.

    Example:
        >>> place = place_of_slices(np.diag([2.0, 3.0, 5.0, 1.0]), (4, 11, 21))
        >>> place.row.tolist(), place.column.tolist(), place.first.tolist(), place.apart
        ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-40.0, -30.0, 0.0], 5.0)
    """
    counts = (1, *shape)[-3:][::-1]  # along (x, y, z)
    along = 2 - axis
    across, down = (place for place in range(3) if place != along)
    axes = affine[:3, :3] * _LPS[:, None]
    sizes = np.linalg.norm(axes, axis=0)
    row, column = -axes[:, across] / sizes[across] + 0.0, -axes[:, down] / sizes[down] + 0.0  # no minus zero
    if abs(row @ column) > _SQUARE:
        return None
    corner = [0 if place == along else count - 1 for place, count in enumerate(counts)]
    first = _LPS * (affine @ np.array([*corner, 1.0]))[:3]
    return Place(row, column, first, axes[:, along], (float(sizes[down]), float(sizes[across])))
