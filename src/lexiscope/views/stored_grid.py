"""`StoredGrid`: the grid of an image file as it is stored, to which results go back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from numpy.typing import NDArray

from lexiscope.sources.pixels import find_format


@dataclass(frozen=True, slots=True, eq=False)
class StoredGrid:
    """Axes of a file before it was brought into the closest RAS+ orientation.

    Args:
        affine: From stored voxels (i, j, k) to millimetres; None for pictures, which are stored as they are read.
    """

    affine: NDArray[np.float64] | None

    @classmethod
    def of(cls, path: Path) -> "StoredGrid":
        """Grid of a file.

        Raises:
            SourceError: it is no image, or a damaged one.
        """
        if find_format(path) != "nifti":
            return cls(None)
        from lexiscope.sources.formats.nifti import stored_affine

        return cls(stored_affine(path))

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
        plain = np.array([[0, 1], [1, 1], [2, 1]], float)
        back = nib.orientations.ornt_transform(plain, nib.orientations.io_orientation(self.affine))
        return nib.orientations.apply_orientation(canonical, back)
