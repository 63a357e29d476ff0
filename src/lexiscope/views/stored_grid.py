"""`StoredGrid`: the grid of an image file as it is stored, to which results go back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from numpy.typing import NDArray

from lexiscope.sources.pixels import find_format, read_header

_PLAIN = np.array([[0, 1], [1, 1], [2, 1]], float)  # nibabel's orientation of axes that are in order already


@dataclass(frozen=True, slots=True, eq=False)
class StoredGrid:
    """Axes of a file before it was brought into the closest RAS+ orientation.

    Args:
        affine: From stored voxels (i, j, k) to millimetres; None for pictures, which are stored as they are read.
        axes: Axes that the file states: 2 of a plane, even where it has an affine.
    """

    affine: NDArray[np.float64] | None
    axes: int = 3

    @classmethod
    def of(cls, path: Path) -> "StoredGrid":
        """Grid of a file.

        Raises:
            SourceError: it is no image, or a damaged one.
        """
        if find_format(path) != "nifti":
            return cls(None)
        from lexiscope.sources.formats.nifti import stored_affine

        return cls(stored_affine(path), len(read_header(path).shape))

    def as_stored(self, values: Shaped[np.ndarray, "z y x"]) -> Shaped[np.ndarray, "i j k"]:
        """Values of the grid in which the file is read -> in the order in which it stores them.

        Example:
            >>> flipped = StoredGrid(np.diag([-1.0, 1.0, 1.0, 1.0]))
            >>> flipped.as_stored(np.arange(2).reshape(1, 1, 2)).ravel().tolist()
            [1, 0]
        """
        import nibabel as nib

        assert self.affine is not None
        canonical = np.transpose(values, (2, 1, 0))  # (x, y, z)
        back = nib.orientations.ornt_transform(_PLAIN, nib.orientations.io_orientation(self.affine))
        return nib.orientations.apply_orientation(canonical, back)

    def in_file_order(self, values: Shaped[np.ndarray, "z y x"]) -> Shaped[np.ndarray, "k j i"]:
        """Values of the grid in which the file is read -> by the indices of the file: slices, rows, columns.

        Example:
            >>> StoredGrid(None).in_file_order(np.zeros((1, 2, 3))).shape
            (1, 2, 3)
        """
        return values if self.affine is None else np.transpose(self.as_stored(values), (2, 1, 0))

    def as_read(self, values: Shaped[np.ndarray, "k j i"]) -> Shaped[np.ndarray, "z y x"]:
        """The inverse of `in_file_order`."""
        if self.affine is None:
            return values
        import nibabel as nib

        there = nib.orientations.ornt_transform(nib.orientations.io_orientation(self.affine), _PLAIN)
        return np.transpose(nib.orientations.apply_orientation(np.transpose(values, (2, 1, 0)), there), (2, 1, 0))
