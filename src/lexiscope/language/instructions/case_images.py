"""`CaseImages`: what a writer of instructions sees of a case: its images, and nothing of its masks, texts or facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray
from scipy import ndimage

from lexiscope.core.errors import SourceError
from lexiscope.core.files import sha256_json
from lexiscope.core.image import Image
from lexiscope.corpus.store import Corpus
from lexiscope.sources.pixels import read_pixels


@dataclass(frozen=True, slots=True, eq=False)
class CaseImages:
    """Images of one case on one grid. There is no way from here to a mask.

    Args:
        images: Modality -> grey values (z, y, x); a plane has one slice.
        spacing: Size of a voxel (z, y, x) in `unit`; None when unknown. The z of a plane is 1.
        unit: "mm" or "nm"; None when the spacing is unknown.
        in_patient_axes: True where x runs to the patient's right, y to the front and z to the head.
        key: Hash of the contents that the images were read from.
    """

    images: Mapping[str, Float32[np.ndarray, "z y x"]]
    spacing: tuple[float, float, float] | None
    unit: str | None
    in_patient_axes: bool
    key: str

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities, sorted."""
        return tuple(sorted(self.images))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels (z, y, x)."""
        z, y, x = next(iter(self.images.values())).shape
        return z, y, x

    def only(self, *modalities: str) -> "CaseImages":
        """The images of these modalities alone, as if the others had never been taken.

        Args:
            modalities: Names of modalities that the case has.
        """
        return replace(self, images={name: self.images[name] for name in modalities})


def images_key(images: Mapping[str, Image]) -> str:
    """Hash of what images hold, whatever their order and wherever their files lie."""
    return contents_key({name: (image.content, image.spacing, image.unit) for name, image in images.items()})


def contents_key(contents: Mapping[str, tuple[str, Sequence[float] | None, str | None]]) -> str:
    """The same of modality -> hash of the file, spacing and unit."""
    return sha256_json(
        {name: [content, list(spacing or ()), unit] for name, (content, spacing, unit) in contents.items()}
    )


def read_case_images(corpus: Corpus, images: Mapping[str, Image]) -> CaseImages:
    """Read the images of a case onto the grid of the one with most voxels.

    Images of another grid are taken to show the same field of view and are resampled to it linearly.

    Args:
        corpus: Corpus that holds the files.
        images: Modality -> image, at least one.

    Raises:
        SourceError: a file cannot be decoded, or planes stand beside volumes.
    """
    if len({image.is_volume for image in images.values()}) > 1:
        raise SourceError(
            f"expected planes or volumes, got both: {', '.join(sorted(images))}", remedy="describe them as two cases"
        )
    shapes = {name: image.shape for name, image in images.items()}
    reference = images[finest(shapes)]
    return CaseImages(
        on_one_grid({name: read_pixels(corpus.object_path(image)) for name, image in images.items()}),
        None if reference.spacing is None else _in_3d(reference.spacing),
        reference.unit,
        all(image.format == "nifti" for image in images.values()),
        images_key(images),
    )


def finest(shapes: Mapping[str, Sequence[int]]) -> str:
    """The image of most voxels, whose grid is that of all.

    Example:
        >>> finest({"t1": (2, 8, 8), "t2": (4, 8, 8)})
        't2'
    """
    return max(shapes, key=lambda name: (int(np.prod(shapes[name])), name))


def on_one_grid(pixels: Mapping[str, NDArray[np.generic]]) -> dict[str, Float32[np.ndarray, "z y x"]]:
    """Images as they are stored, `(c, y, x)` or `(c, z, y, x)`, in grey on the grid of the one with most voxels.

    Args:
        pixels: Modality -> what `read_pixels` gives.
    """
    shapes = {name: image.shape[1:] for name, image in pixels.items()}
    grid = _in_3d(shapes[finest(shapes)])
    return {name: _on_grid(_grey(pixels[name]), grid) for name in sorted(pixels)}


def read_mask(corpus: Corpus, mask: Image, shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Mask (z, y, x) on a grid, nearest neighbour: what profiles are learned from, and what no writer calls.

    Args:
        corpus: Corpus that holds the file.
        mask: Label image; every value above 0 is the structure.
        shape: Voxels (z, y, x) of the grid.
    """
    labels = (read_pixels(corpus.object_path(mask)).max(axis=0) > 0).reshape(_in_3d(mask.shape))
    if labels.shape == shape:
        return labels
    factors = [wanted / had for wanted, had in zip(shape, labels.shape, strict=True)]
    return ndimage.zoom(labels.astype(np.uint8), factors, order=0, grid_mode=True, mode="nearest") > 0


def _grey(pixels: NDArray[np.generic]) -> Float32[np.ndarray, "z y x"]:
    grey = np.nan_to_num(pixels.astype(np.float32), posinf=0, neginf=0).mean(axis=0)
    return grey[None] if grey.ndim == 2 else grey


def _on_grid(grey: Float32[np.ndarray, "z y x"], grid: tuple[int, ...]) -> Float32[np.ndarray, "z y x"]:
    if grey.shape == grid:
        return grey
    factors = [wanted / had for wanted, had in zip(grid, grey.shape, strict=True)]
    resampled: Float32[np.ndarray, "z y x"] = ndimage.zoom(grey, factors, order=1, grid_mode=True, mode="nearest")
    return resampled


def _in_3d(sizes: tuple[float, ...] | tuple[int, ...]) -> tuple:  # type: ignore[type-arg]
    return tuple(sizes) if len(sizes) == 3 else (type(sizes[0])(1), *sizes)
