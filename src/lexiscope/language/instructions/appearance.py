"""`look_at`: how every voxel of a body looks, as the numbers of cells in small tables.

Each aspect pairs two measures that say more together than apart: how bright a voxel and its neighbourhood are, how
rough the neighbourhood is, how far it differs from the mirrored side, and where it lies. A profile holds a table for
each, so an aspect of a missing modality is simply not asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt16

from lexiscope.language.instructions.case_images import CaseImages
from lexiscope.language.instructions.standardised import Standardised, standardise

BINS = 24  # cells along each side of a table
_FINE = 0.7  # voxels: takes noise away
_COARSE = 1 / 24  # of the picture's longest side: a neighbourhood


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """Images of a case, and how every voxel of the body looks in them.

    Args:
        images: The images, small and comparable.
        cells: Aspect ("intensity:flair", "place:yx") -> number of each voxel's cell, in the order of `images.body`.
    """

    images: Standardised
    cells: Mapping[str, UInt16[np.ndarray, " n"]]


def look_at(images: CaseImages) -> Appearance:
    """How the voxels of a case look.

    Args:
        images: Images of the case.

    Example:
        >>> grey = np.random.default_rng(0).random((1, 32, 32)).astype(np.float32)
        >>> seen = look_at(CaseImages({"sem": grey}, None, None, False, "key"))
        >>> sorted(seen.cells), seen.cells["place:yx"].size, bool(seen.cells["place:yx"].max() < BINS * BINS)
        (['intensity:sem', 'place:yx', 'texture:sem'], 1024, True)
    """
    small = standardise(images)
    return Appearance(small, _cells_of(small))


def _cells_of(images: Standardised) -> dict[str, UInt16[np.ndarray, " n"]]:
    cells: dict[str, UInt16[np.ndarray, " n"]] = {}
    coarse = max(images.body.shape) * _COARSE
    for modality, values in images.values.items():
        fine = images.smooth(values, _FINE)
        around = images.smooth(values, coarse)
        rough = np.sqrt(np.maximum(images.smooth(values * values, coarse) - around * around, 0))
        cells[f"intensity:{modality}"] = _cells(images, _scaled(fine, -2.5, 2.5), _scaled(around, -2, 2))
        cells[f"texture:{modality}"] = _cells(images, _scaled(around, -2, 2), _scaled(rough, 0, 1.5))
        if images.in_patient_axes and images.is_volume:
            between = images.smooth(values, coarse / 2)
            other = between - images.mirrored(between)
            cells[f"asymmetry:{modality}"] = _cells(images, _scaled(other, -2, 2), _scaled(fine, -2.5, 2.5))
    z, y, x = places(images)
    cells["place:yx"] = _cells(images, y, x)
    if images.is_volume:
        cells["place:zy"] = _cells(images, z, y)
    return cells


def places(images: Standardised) -> tuple[Float32[np.ndarray, "z y x"], ...]:
    """Place of every voxel along z, y and x, from 0 to 1 through the box around the body."""
    found = np.nonzero(images.body)
    axes = []
    for at, size in zip(found, images.body.shape, strict=True):
        low, high = at.min(), at.max() + 1
        axes.append(_scaled(np.arange(size, dtype=np.float32) + 0.5, float(low), float(high)))
    return tuple(np.broadcast_to(axis, images.body.shape) for axis in np.meshgrid(*axes, indexing="ij", sparse=True))


def _scaled(values: Float32[np.ndarray, "..."], low: float, high: float) -> Float32[np.ndarray, "..."]:
    return np.clip((values - low) / (high - low), 0, 0.999, dtype=np.float32)


def _cells(
    images: Standardised, first: Float32[np.ndarray, "z y x"], second: Float32[np.ndarray, "z y x"]
) -> UInt16[np.ndarray, " n"]:
    rows, columns = (first[images.body] * BINS).astype(np.uint16), (second[images.body] * BINS).astype(np.uint16)
    numbers: UInt16[np.ndarray, " n"] = rows * np.uint16(BINS) + columns
    return numbers
