"""Metrics of masks: overlap, and distances of borders in the unit of the spacing.

Conventions: `None` where the truth is empty, as nothing can be found there (that is what the rate of false positives
measures). An empty mask of a structure that is there has DSC, IoU and NSD 0 and as its distance the image's diagonal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool


@dataclass(frozen=True, slots=True)
class MaskScores:
    """Scores of one mask against the truth.

    Args:
        dsc: Dice similarity coefficient, 2 |A and B| / (|A| + |B|).
        iou: Intersection over union.
        hd95: 95th percentile of the distances between the borders, both ways (the larger of the two).
        nsd: Normalised surface Dice: share of both borders that lies within the tolerance of the other
            (https://arxiv.org/abs/1809.04430).
    """

    dsc: float
    iou: float
    hd95: float
    nsd: float


def dice(found: Bool[np.ndarray, "z y x"], truth: Bool[np.ndarray, "z y x"]) -> float:
    """Dice similarity coefficient of a mask with one that is not empty.

    Example:
        >>> dice(np.array([True, True, False]), np.array([True, False, False])).__round__(3)
        0.667
    """
    return 2 * int((found & truth).sum()) / (int(found.sum()) + int(truth.sum()))


def mask_scores(
    found: Bool[np.ndarray, "z y x"],
    truth: Bool[np.ndarray, "z y x"],
    *,
    spacing: Sequence[float] = (1.0, 1.0, 1.0),
    tolerance: float = 2.0,
) -> MaskScores | None:
    """Compare a mask with the truth; None where the truth is empty.

    Args:
        found: Mask to measure.
        truth: True mask on the same grid.
        spacing: (z, y, x) of a voxel.
        tolerance: Distance within which borders count as equal, in the unit of the spacing.

    Example:
        >>> truth = np.zeros((1, 4, 8), bool)
        >>> truth[0, :, :4] = True
        >>> mask_scores(np.roll(truth, 1, axis=2), truth)
        MaskScores(dsc=0.75, iou=0.6, hd95=1.0, nsd=1.0)
    """
    if not truth.any():
        return None
    if not found.any():
        return MaskScores(0.0, 0.0, float(np.linalg.norm(np.array(truth.shape) * np.array(spacing))), 0.0)
    both, either = int((found & truth).sum()), int((found | truth).sum())
    window = _around(found | truth)
    there, back = _border_distances(found[window], truth[window], spacing)
    hd95 = max(float(np.percentile(there, 95)), float(np.percentile(back, 95)))
    near = int((there <= tolerance).sum()) + int((back <= tolerance).sum())
    return MaskScores(2 * both / (both + either), both / either, hd95, near / (len(there) + len(back)))


def _border_distances(found: np.ndarray, truth: np.ndarray, spacing: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    from scipy.ndimage import distance_transform_edt

    borders = [_border(mask) for mask in (found, truth)]
    distances = [distance_transform_edt(~border, sampling=spacing) for border in borders]
    return distances[1][borders[0]], distances[0][borders[1]]


def _border(mask: np.ndarray) -> np.ndarray:
    """Voxels of a mask with a neighbour along an axis that is not of it; along axes of one voxel there is none."""
    from scipy.ndimage import binary_erosion

    inner: np.ndarray = mask.copy()
    for axis, side in enumerate(mask.shape):
        if side > 1:
            shape = [3 if one == axis else 1 for one in range(mask.ndim)]
            inner &= binary_erosion(mask, np.ones(shape, bool))
    return mask & ~inner


def _around(mask: np.ndarray) -> tuple[slice, ...]:
    """Box of a mask and a voxel around it, within the image."""
    bounds = [np.flatnonzero(mask.any(axis=tuple(b for b in range(mask.ndim) if b != a))) for a in range(mask.ndim)]
    return tuple(slice(max(0, int(b[0]) - 1), int(b[-1]) + 2) for b in bounds)
