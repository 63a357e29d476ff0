"""`FoundMask`: a mask that a sentence found, and its size and place."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool

_PER_ML = 1000.0  # cubic millimetres
_PER_UM2 = {"mm": 1e6, "nm": 1e-6}  # square micrometres of a square millimetre or nanometre
_MIDDLE = 0.02  # of the width: nearer to the midline is no side


@dataclass(frozen=True)
class FoundMask:
    """A mask of one structure on the grid of the input, with what can be read off it.

    Args:
        sentence: The sentence that was asked.
        structure: Structure of the training that it was taken for; None when it is far from all of them.
        mask: `(z, y, x)`, z = 1 for planes.
        present: True where the structure was found.
        score: Probability that it is there: mean over the mask, or the largest where the mask is empty.
        spacing: (z, y, x) or (y, x); None when unknown.
        unit: "mm" or "nm".
        sided: The last axis runs from the patient's left to right, and the image shows where the middle is.
        file: File that the mask was written to.
        uncertainty: File of the uncertainty map.
        distance: One less the cosine to the nearest sentence of the training.
        overlaps: Voxels shared with the masks of other sentences.
        lowered: Nothing lay above the threshold where a box or a point was, and half of it was taken.
        read_as: Wording of the training that the sentence was taken for; None where it was asked as it is.
    """

    sentence: str
    structure: str | None
    mask: Bool[np.ndarray, "z y x"]
    present: bool
    score: float
    spacing: tuple[float, ...] | None = None
    unit: str | None = None
    sided: bool = False
    file: str | None = None
    uncertainty: str | None = None
    distance: float = 0.0
    overlaps: dict[str, int] = field(default_factory=dict)
    lowered: bool = False
    read_as: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types: all but the voxels themselves.

        Returns:
            "sentence", "structure", "file", "voxels", "present", "score", "distance"; with a known spacing "volume_ml"
            of a volume or "area_um2" of a plane, and "diameters" in the unit of the images; "side" in scans with
            air around the body;
            "overlaps", voxels shared with other sentences; "lowered", where it is; "uncertainty", a file; "read_as",
            where it was taken for a wording of the training.
        """
        plain: dict[str, Any] = {
            "sentence": self.sentence,
            "structure": self.structure,
            "file": self.file,
            "voxels": int(self.mask.sum()),
            "present": self.present,
            "score": self.score,
            "distance": self.distance,
            **self._size(),
        }
        if self.sided and self.present:
            plain["side"] = side_of(self.mask)
        if self.overlaps:
            plain["overlaps"] = dict(self.overlaps)
        if self.lowered:
            plain["lowered"] = True
        if self.uncertainty is not None:
            plain["uncertainty"] = self.uncertainty
        if self.read_as is not None:
            plain["read_as"] = self.read_as
        return plain

    def _size(self) -> dict[str, Any]:
        if self.spacing is None or self.unit is None:
            return {}
        voxels = int(self.mask.sum())
        sizes: dict[str, Any] = {"diameters": largest_diameters(self.mask, self.spacing), "unit": self.unit}
        if len(self.spacing) == 2:
            return {"area_um2": voxels * float(np.prod(self.spacing)) * _PER_UM2[self.unit], **sizes}
        if self.unit != "mm":
            return sizes
        return {"volume_ml": voxels * float(np.prod(self.spacing)) / _PER_ML, **sizes}


def largest_diameters(mask: Bool[np.ndarray, "z y x"], spacing: tuple[float, ...]) -> list[float]:
    """Longest straight line between two voxels of a mask within one slice, and the longest across it, at right angles.

    As in RECIST both are measured in the slice where the longest is found; ends are voxel centres. An empty mask has
    none.

    Example:
        >>> mask = np.zeros((1, 5, 9), bool)
        >>> mask[0, 1:4, 2:8] = True
        >>> [round(length, 1) for length in largest_diameters(mask, (1.0, 1.0))]
        [5.4, 3.7]
    """
    steps = np.array(spacing[-2:])
    found = [_diameters(outline * steps) for outline in (_outline(plane) for plane in mask) if len(outline)]
    return list(max(found)) if found else []


def _outline(plane: Bool[np.ndarray, "y x"]) -> np.ndarray:
    """Corners of the convex hull, or all voxels where they are too few for one, (n, 2)."""
    from scipy.spatial import ConvexHull, QhullError

    voxels = np.argwhere(plane).astype(float)
    try:
        return voxels[ConvexHull(voxels).vertices] if len(voxels) > 2 else voxels
    except QhullError:  # all in a line
        return voxels


def _diameters(points: np.ndarray) -> tuple[float, float]:
    apart = points[:, None] - points[None]
    lengths = np.linalg.norm(apart, axis=2)
    first, last = np.unravel_index(lengths.argmax(), lengths.shape)
    longest = float(lengths[first, last])
    if longest == 0:
        return 0.0, 0.0
    along = apart[first, last] / longest
    across = points @ np.array([-along[1], along[0]])
    return longest, float(across.max() - across.min())


def side_of(mask: Bool[np.ndarray, "z y x"]) -> str:
    """Side of the patient where most of a mask lies, in the closest RAS+ orientation, whose x grows to the right.

    Example:
        >>> mask = np.zeros((1, 2, 10), bool)
        >>> mask[..., 8] = True
        >>> side_of(mask), side_of(~mask & False)
        ('right', 'none')
    """
    columns = np.flatnonzero(mask.any(axis=(0, 1)))
    if not len(columns):
        return "none"
    weights = mask.sum(axis=(0, 1))[columns]
    middle = float((columns * weights).sum() / weights.sum())
    away = (middle + 0.5) / mask.shape[2] - 0.5
    if abs(away) < _MIDDLE:
        return "middle"
    return "right" if away > 0 else "left"
