"""Which side of a patient is where in a picture of a volume, in radiological convention.

Axial and coronal slices are seen from the feet and from the front: the patient's right is on the left. Sagittal slices
are seen from the patient's left: the front is on the left. A file that states no place in a patient gets no letters.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import UsageError
from lexiscope.serve.pictures.decoded import Decoded

AXES = ("z", "y", "x")


@dataclass(frozen=True, slots=True)
class Sides:
    """Letters at the borders of a picture: R and L of the patient, A (front), P (back), S (head), I (feet).

    Example:
        >>> str(Sides("R", "L", "A", "P"))
        'left=R, right=L, top=A, bottom=P'
    """

    left: str
    right: str
    top: str
    bottom: str

    def __str__(self) -> str:
        return f"left={self.left}, right={self.right}, top={self.top}, bottom={self.bottom}"


_SIDES = {"z": Sides("R", "L", "A", "P"), "y": Sides("R", "L", "S", "I"), "x": Sides("A", "P", "S", "I")}


def sides_of(image: Decoded, axis: str) -> Sides | None:
    """Letters of the slices across an axis; None where the file states no place in a patient.

    Args:
        image: A volume, or a plane that counts as a slice across z.
        axis: "z" (axial), "y" (coronal) or "x" (sagittal).
    """
    return _SIDES[axis] if image.affine is not None else None


def as_seen(plane: NDArray[Any], image: Decoded) -> NDArray[Any]:
    """A plane `(c, row, column)` of the image's values with its rows and columns as they are shown."""
    return plane[:, ::-1, ::-1] if image.rows_go_up else plane


def require_axis(axis: str) -> int:
    """Place of an axis among (z, y, x).

    Raises:
        UsageError: it is none of them.
    """
    if axis not in AXES:
        raise UsageError(f"axis must be one of {', '.join(AXES)} (axial, coronal, sagittal), got {axis!r}")
    return AXES.index(axis)


def oblique_degrees(affine: NDArray[np.float64]) -> float:
    """Largest angle between an axis of a volume and the patient's axis that it is named after, in degrees.

    Example:
        >>> oblique_degrees(np.diag([1.0, 1.0, 3.0, 1.0]))
        0.0
    """
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return float(np.degrees(np.arccos(np.clip(np.abs(np.diag(axes)).min(), 0, 1))))
