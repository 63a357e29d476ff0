"""`Grid`: the pixels of an image file and where they lie, so that a mask is kept only on the grid of its image."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.pixels import find_format, read_header

_SAME = 0.05  # of a pixel: how far corners of one grid may lie apart, as programs round affines to float32


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Shape of the decoded pixels and, of scans, their place.

    Args:
        shape: (y, x) or (z, y, x).
        affine: From voxels (x, y, z) to millimetres; None for formats that state no place.
    """

    shape: tuple[int, ...]
    affine: NDArray[np.float64] | None = None

    def is_same(self, other: "Grid") -> bool:
        """True when pixel by pixel both show the same place.

        Example:
            >>> Grid((4, 5)).is_same(Grid((4, 5))), Grid((4, 5)).is_same(Grid((5, 4)))
            (True, False)
        """
        if self.shape != other.shape:
            return False
        if self.affine is None or other.affine is None:
            return True
        size = np.linalg.norm(self.affine[:3, :3], axis=0).min()
        apart = (self.affine - other.affine)[:3] @ _corners(self.shape)
        return bool(np.linalg.norm(apart, axis=0).max() <= _SAME * size)

    def __str__(self) -> str:
        """Shape, with the voxel sizes and the corner of a scan."""
        if self.affine is None:
            return str(self.shape)
        sizes = np.linalg.norm(self.affine[:3, :3], axis=0)[::-1]
        corner = self.affine[:3, 3]
        return f"{self.shape} of {_list(sizes)} mm from ({_list(corner, ', ')})"


def grid_of_file(path: Path) -> Grid:
    """Grid of an image file, in the orientation in which it is decoded.

    Raises:
        SourceError: it is no image, or a damaged one.
    """
    if find_format(path) == "nifti":
        from lexiscope.sources.formats.nifti import canonical_grid  # nibabel takes 45 MB and 0.3 s

        return Grid(*canonical_grid(path))
    return Grid(read_header(path).shape)


def image_on_grid(mask: Grid, images: Mapping[str, Grid], *, name: str) -> str:
    """The modality whose pixels a mask labels.

    Args:
        mask: Grid of the mask.
        images: Grids of the case's images by modality.
        name: Name of the mask, for the error.

    Raises:
        SourceError: it lies on the grid of none.
    """
    for modality, grid in images.items():
        if mask.is_same(grid):
            return modality
    grids = "; ".join(f"{modality} {grid}" for modality, grid in images.items())
    msg = f"the mask {name} has the grid {mask}, on which none of the images lies ({grids})"
    raise SourceError(msg, remedy="resample it to one of the images (nearest neighbour), or leave it out")


def _corners(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Homogeneous voxel indices of the eight corners, one a column."""
    last = [n - 1 for n in (1, *shape)[-3:]][::-1]
    return np.array([[x, y, z, 1] for x in (0, last[0]) for y in (0, last[1]) for z in (0, last[2])], float).T


def _list(values: NDArray[np.float64], joined: str = " x ") -> str:
    return joined.join(f"{value:.4g}" for value in values)
