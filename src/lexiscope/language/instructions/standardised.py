"""`Standardised`: images of a case made small and comparable, so that one profile fits those of every scanner."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from lexiscope.language.instructions.case_images import CaseImages

_LARGEST_PLANE, _LARGEST_VOLUME = 256, 80  # voxels along each axis: enough for a sentence, small enough to be quick
_EMPTY = 0.05  # of the range of values: what lies below is taken for air around a body
_GAP = 20  # of a picture's side: gaps up to twice this wide are closed
_CLIP = 4.0  # interquartile ranges around the median beyond which values are cut


@dataclass(frozen=True, slots=True, eq=False)
class Standardised:
    """Images of a case on a coarse grid, with values in interquartile ranges around the median of the body.

    Args:
        values: Modality -> standardised values (z, y, x).
        body: Voxels that are not air around the patient or specimen.
        spacing: Size of a voxel of this grid; None when unknown.
        unit: Unit of the spacing.
        in_patient_axes: As in `CaseImages`.
        blocks: Voxels (z, y, x) of the images in one voxel of this grid.
    """

    values: Mapping[str, Float32[np.ndarray, "z y x"]]
    body: Bool[np.ndarray, "z y x"]
    spacing: tuple[float, float, float] | None
    unit: str | None
    in_patient_axes: bool
    blocks: tuple[int, int, int]

    @property
    def is_volume(self) -> bool:
        """True for several slices."""
        return self.body.shape[0] > 1

    def smooth(self, values: Float32[np.ndarray, "z y x"], voxels: float) -> Float32[np.ndarray, "z y x"]:
        """Values smoothed within the body: air around it does not darken its rim.

        Args:
            values: Values (z, y, x).
            voxels: Standard deviation in the plane; across slices it is half of this, as slices are thick.
        """
        sigma = (voxels / 2 if self.is_volume else 0.0, voxels, voxels)
        weight = ndimage.gaussian_filter(self.body.astype(np.float32), sigma)
        smoothed: Float32[np.ndarray, "z y x"] = ndimage.gaussian_filter(values * self.body, sigma) / (weight + 1e-3)
        return smoothed

    def mirrored(self, values: Float32[np.ndarray, "z y x"]) -> Float32[np.ndarray, "z y x"]:
        """Values at the mirrored place, left for right, around the middle of the body."""
        columns = np.nonzero(self.body.any(axis=(0, 1)))[0]
        middle = columns.min() + columns.max()
        return values[:, :, np.clip(middle - np.arange(values.shape[2]), 0, values.shape[2] - 1)]


def standardise(images: CaseImages) -> Standardised:
    """Small and comparable images; nothing but the images decides how.

    Example:
        >>> grey = np.tile(np.arange(512, dtype=np.float32), (1, 512, 1))
        >>> small = standardise(CaseImages({"sem": grey}, (1.0, 2.0, 2.0), "nm", False, "key"))
        >>> small.body.shape, small.spacing, float(np.median(small.values["sem"]).round(2))
        ((1, 256, 256), (1.0, 4.0, 4.0), 0.0)
    """
    z, y, x = images.shape
    largest = _LARGEST_PLANE if z == 1 else _LARGEST_VOLUME
    blocks = (1 if z == 1 else -(-z // largest), -(-y // largest), -(-x // largest))
    small = {name: block_means(grey, blocks) for name, grey in images.images.items()}
    body = np.logical_or.reduce([_body(grey) for grey in small.values()])
    body = body if body.any() else np.ones_like(body)
    z_size, y_size, x_size = images.spacing or (1.0, 1.0, 1.0)
    size = (z_size * blocks[0], y_size * blocks[1], x_size * blocks[2])
    return Standardised(
        {name: _in_ranges(grey, body) for name, grey in small.items()},
        body,
        None if images.spacing is None else size,
        images.unit,
        images.in_patient_axes,
        blocks,
    )


def block_means(values: Float32[np.ndarray, "z y x"], blocks: tuple[int, int, int]) -> Float32[np.ndarray, "z y x"]:
    """Means of whole blocks of voxels; what is left over at the far ends is dropped.

    Example:
        >>> block_means(np.arange(8, dtype=np.float32).reshape(1, 2, 4), (1, 2, 2)).tolist()
        [[[2.5, 4.5]]]
    """
    if blocks == (1, 1, 1):
        return values
    z, y, x = (size // block for size, block in zip(values.shape, blocks, strict=True))
    whole = values[: z * blocks[0], : y * blocks[1], : x * blocks[2]]
    return whole.reshape(z, blocks[0], y, blocks[1], x, blocks[2]).mean(axis=(1, 3, 5), dtype=np.float32)


def _body(grey: Float32[np.ndarray, "z y x"]) -> Bool[np.ndarray, "z y x"]:
    """Voxels that are no air; all of them where no air is seen, as in a micrograph."""
    low, high = np.percentile(grey, [1, 99])
    body = grey > low + _EMPTY * (high - low)
    if not 0.1 < body.mean() < 0.9:
        return np.ones(grey.shape, bool)
    return _largest(np.stack([_whole(plane) for plane in body]))


def _whole(plane: Bool[np.ndarray, "y x"]) -> Bool[np.ndarray, "y x"]:
    """A section through a body without its holes and gaps, such as lungs, or fat in a window that shows it black."""
    gap = max(plane.shape) // _GAP
    opened = np.pad(ndimage.binary_opening(plane), gap)
    closed: Bool[np.ndarray, "y x"] = ndimage.binary_fill_holes(ndimage.binary_closing(opened, iterations=max(gap, 1)))
    return closed[gap : closed.shape[0] - gap, gap : closed.shape[1] - gap]


def _largest(body: Bool[np.ndarray, "z y x"]) -> Bool[np.ndarray, "z y x"]:
    """The largest piece, without the table that a patient lies on."""
    labels, pieces = ndimage.label(body)
    if pieces < 2:
        return body
    largest: Bool[np.ndarray, "z y x"] = labels == 1 + int(np.bincount(labels.ravel())[1:].argmax())
    return largest


def _in_ranges(grey: Float32[np.ndarray, "z y x"], body: Bool[np.ndarray, "z y x"]) -> Float32[np.ndarray, "z y x"]:
    low, middle, high = np.percentile(grey[body], [25, 50, 75])
    spread = high - low or float(grey[body].std()) or 1.0
    return np.clip((grey - middle) / spread, -_CLIP, _CLIP).astype(np.float32)
