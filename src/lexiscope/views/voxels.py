"""`Voxels`: decoded values with their place in the patient, and `laid_over`: one image on the grid of another."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Shaped
from numpy.typing import NDArray

from lexiscope.core.errors import ViewError
from lexiscope.sources.grid import Grid, grid_of_file
from lexiscope.sources.pixels import read_pixels


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """Decoded values of an image.

    Args:
        values: `(c, y, x)` or `(c, z, y, x)` as `sources.pixels.read_pixels` gives them.
        affine: From voxels (x, y, z) to millimetres; None for formats that state no place.
        spacing: Along (y, x) or (z, y, x); None when unknown.
    """

    values: Shaped[np.ndarray, "c ..."]
    affine: NDArray[np.float64] | None = None
    spacing: tuple[float, ...] | None = None

    @classmethod
    def read(cls, path: Path, spacing: tuple[float, ...] | None = None) -> "Voxels":
        """Decode a file.

        Raises:
            SourceError: it is no image, or a damaged one.
        """
        return cls(read_pixels(path), grid_of_file(path).affine, spacing)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(z, y, x), with z = 1 for a plane."""
        z, y, x = (1, *self.values.shape[1:])[-3:]
        return z, y, x

    @property
    def grid(self) -> Grid:
        """Shape and place."""
        return Grid(self.values.shape[1:], self.affine)


def laid_over(image: Voxels, reference: Voxels, *, nearest: bool = False) -> Shaped[np.ndarray, "c z y x"]:
    """An image on the grid of another; what lies outside of it takes its least value.

    Args:
        image: Image to bring there.
        reference: Image whose grid it is brought to.
        nearest: Take the nearest voxel, as labels need; otherwise between voxels in a line.

    Raises:
        ViewError: images without a place and of different shape, or images that show no common place.
    """
    values = image.values.reshape(image.values.shape[0], *image.shape)
    if image.grid.is_same(reference.grid):
        return values
    if image.affine is None or reference.affine is None:
        msg = f"expected images of one grid, got {image.grid} and {reference.grid} without a place in space"
        raise ViewError(f"{msg}; register and resample them, or leave one out")
    between = np.linalg.inv(image.affine) @ reference.affine  # voxels (x, y, z) of the reference -> of the image
    _require_overlap(between, image, reference)
    from scipy.ndimage import affine_transform

    matrix, offset = between[:3, :3][::-1, ::-1], between[:3, 3][::-1]  # in (z, y, x)
    least = np.nanmin(values) if np.isfinite(values).any() else 0
    return np.stack(
        [
            affine_transform(
                channel if nearest else channel.astype(np.float32),
                matrix,
                offset,
                output_shape=reference.shape,
                order=0 if nearest else 1,
                mode="constant",
                cval=float(least),
            )
            for channel in values
        ]
    )


def _require_overlap(between: NDArray[np.float64], image: Voxels, reference: Voxels) -> None:
    corners = np.array([[x, y, z, 1] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    corners[:, :3] *= np.array(reference.shape[::-1]) - 1
    seen = (corners @ between.T)[:, :3]
    last = np.array(image.shape[::-1]) - 1
    if bool((seen.max(axis=0) < -0.5).any() or (seen.min(axis=0) > last + 0.5).any()):
        msg = f"the images show no common place: {image.grid} and {reference.grid}"
        raise ViewError(f"{msg}; check that they are of one examination and registered")
