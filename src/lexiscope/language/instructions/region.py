"""`find_region`: the voxels of an image that look most like a structure; no mask is read."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt16
from scipy import ndimage

from lexiscope.language.instructions.appearance import Appearance
from lexiscope.language.instructions.profile import Fit, StructureProfile

_PIECE = 0.3  # of the evidence of the strongest piece: what has less belongs to something else
_SCATTERED_PIECE = 0.01
_FAR = -20.0  # sum outside the body


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Voxels that look like a structure.

    Args:
        voxels: The region (z, y, x) on the grid of the standardised images.
        pieces: Number of its separate pieces.
        evidence: Logarithm of the sum of what its voxels say for the structure.
    """

    voxels: Bool[np.ndarray, "z y x"]
    pieces: int
    evidence: float


def find_region(seen: Appearance, profile: StructureProfile) -> Region | None:
    """The region that looks like the structure; None where nothing does.

    Args:
        seen: Images of a case and how they look.
        profile: What the structure looks like.
    """
    body, fit = seen.images.body, profile.fit_for(seen.images.values)
    region = None if fit is None else strongest_region(seen.cells, body, profile, fit)
    if fit is None or region is None or region.evidence < fit.evidence:
        return None
    return region if region.voxels.sum() >= profile.smallest * body.sum() else None


def strongest_region(
    cells: Mapping[str, UInt16[np.ndarray, " n"]], body: Bool[np.ndarray, "z y x"], profile: StructureProfile, fit: Fit
) -> Region | None:
    """The best region there is, however weak; None where no voxel comes above the threshold.

    Args:
        cells: Looks of the voxels of the body.
        body: Voxels of the body.
        profile: What the structure looks like.
        fit: How its tables are summed.
    """
    above = likeness(cells, body, profile, fit) - fit.threshold
    labels, pieces = ndimage.label((above > 0) & body)
    if not pieces:
        return None
    evidence = ndimage.sum_labels(above, labels, np.arange(1, pieces + 1))
    least = evidence.max() * (_SCATTERED_PIECE if profile.scattered else _PIECE)
    kept = np.flatnonzero(evidence >= least) + 1
    return Region(np.isin(labels, kept), len(kept), float(np.log(evidence[kept - 1].sum() / body.sum())))


def likeness(
    cells: Mapping[str, UInt16[np.ndarray, " n"]], body: Bool[np.ndarray, "z y x"], profile: StructureProfile, fit: Fit
) -> Float32[np.ndarray, "z y x"]:
    """How much each voxel looks like the structure: weighted sums of its tables, smoothed.

    Aspects that the case does not have say nothing, either way.

    Args:
        cells: Looks of the voxels of the body.
        body: Voxels of the body.
        profile: What the structure looks like.
        fit: How its tables are summed.
    """
    total = np.zeros(int(body.sum()), np.float32)
    for aspect, weight in fit.weights.items():
        if aspect in cells:
            total += weight * np.asarray(profile.tables[aspect], np.float32)[cells[aspect]]
    sums = np.full(body.shape, _FAR, np.float32)
    sums[body] = total
    return smoothed_sums(sums, body)


def smoothed_sums(sums: Float32[np.ndarray, "z y x"], body: Bool[np.ndarray, "z y x"]) -> Float32[np.ndarray, "z y x"]:
    """Sums smoothed by about a voxel, so that regions have no holes and no ragged rims."""
    sigma = (0.5, 0.8, 0.8) if body.shape[0] > 1 else (0.0, 1.2, 1.2)
    weight = ndimage.gaussian_filter(body.astype(np.float32), sigma)
    smoothed = ndimage.gaussian_filter(np.where(body, sums, 0), sigma) / np.maximum(weight, 1e-3)
    inside: Float32[np.ndarray, "z y x"] = np.where(body, smoothed, _FAR).astype(np.float32)
    return inside
