"""`StudiedCase`: what one case teaches about a structure: how its voxels look inside and elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt16
from numpy.typing import NDArray
from scipy import ndimage

from lexiscope.language.instructions.appearance import Appearance, places
from lexiscope.language.instructions.standardised import Standardised, block_means

_RING = 3  # voxels around a structure that count as its surroundings
_MOST = 0.5  # of a structure in its largest piece: below, it is scattered


@dataclass(frozen=True, slots=True, eq=False)
class StudiedCase:
    """Looks of one annotated case, with its mask.

    Args:
        group: Patient, paper or specimen.
        cells: Aspect -> number of the cell of each voxel of the body.
        body: Voxels of the body.
        inside: Which voxels of the body the structure takes.
        contrast: Modality -> how much brighter than its surroundings it is.
        centre: Place (z, y, x) of its centre, 0 to 1; None where it is absent.
        whole: Share of it in its largest piece.
        in_patient_axes: As in `CaseImages`.
    """

    group: str
    cells: Mapping[str, UInt16[np.ndarray, " n"]]
    body: Bool[np.ndarray, "z y x"]
    inside: Bool[np.ndarray, " n"]
    contrast: Mapping[str, float]
    centre: tuple[float, float, float] | None
    whole: float
    in_patient_axes: bool

    @property
    def share(self) -> float:
        """Share of the body that the structure takes."""
        return float(self.inside.mean())


def study(seen: Appearance, mask: NDArray[np.bool_], *, group: str) -> StudiedCase:
    """What one annotated case teaches about a structure.

    Args:
        seen: Its images and how they look.
        mask: Structure (z, y, x) on the grid of the images as they were read.
        group: Patient, paper or specimen.
    """
    small = seen.images
    inside = block_means(mask.astype(np.float32), small.blocks) >= 0.5
    inside = inside if inside.any() else block_means(mask.astype(np.float32), small.blocks) > 0
    inside &= small.body
    labels, pieces = ndimage.label(inside)
    sizes = np.bincount(labels.ravel())[1:]
    at = places(small)
    return StudiedCase(
        group,
        seen.cells,
        small.body,
        inside[small.body],
        _contrast(small, inside) if pieces else {},
        (float(at[0][inside].mean()), float(at[1][inside].mean()), float(at[2][inside].mean())) if pieces else None,
        float(sizes.max() / sizes.sum()) if pieces else 1.0,
        small.in_patient_axes,
    )


def ring_around(region: Bool[np.ndarray, "z y x"], images: Standardised) -> Bool[np.ndarray, "z y x"]:
    """Surroundings of a region within the body."""
    shape = np.zeros((3, 3, 3), bool)
    shape[1] = True
    wide = ndimage.binary_dilation(region, shape, iterations=_RING)
    ring: Bool[np.ndarray, "z y x"] = wide & ~ndimage.binary_dilation(region, shape) & images.body
    return ring


def contrast_of(
    values: Float32[np.ndarray, "z y x"], region: Bool[np.ndarray, "z y x"], ring: Bool[np.ndarray, "z y x"]
) -> float:
    """How much brighter a region is than its surroundings; 0 where there are none."""
    return float(values[region].mean() - values[ring].mean()) if ring.any() else 0.0


def is_scattered(whole: float) -> bool:
    """True where no piece holds most of a structure.

    Example:
        >>> is_scattered(0.1), is_scattered(1.0)
        (True, False)
    """
    return whole < _MOST


def _contrast(small: Standardised, inside: Bool[np.ndarray, "z y x"]) -> dict[str, float]:
    ring = ring_around(inside, small)
    return {name: contrast_of(values, inside, ring) for name, values in small.values.items()}
