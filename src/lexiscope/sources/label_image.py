"""`LabelImage`: a label image as its file stores it, and how a binary mask on its grid is written.

A mask of a NIfTI keeps the header's affine and the order of its voxels, so that no voxel is moved or interpolated; one
of a picture is a PNG, one of a stack of pages a TIFF.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import Encoded, ImageFile
from lexiscope.sources.encode import plane_file, stack_file
from lexiscope.sources.formats.header import Header
from lexiscope.sources.formats.indexed import has_palette, read_indices
from lexiscope.sources.on_disk import on_disk
from lexiscope.sources.pixels import find_format, read_header, read_pixels
from lexiscope.sources.structures import Structure

_COUNTED = 2.0**53  # from here on not every whole number is one in float64
_EXACT = 1e-3  # how far a value may lie from a whole number: scaled and converted files store 0.9999
_TABLE = 1 << 24  # largest value that is looked up in a table

Write = Callable[[NDArray[np.bool_]], ImageFile]


@dataclass(frozen=True, slots=True, eq=False)
class LabelImage:
    """Values of a label image.

    Args:
        values: Whole numbers from 0 on, axes as the file stores them.
        write: Makes a file on the same grid from an array of the same shape.
        exact: False where the file stores numbers that are only nearly whole.
        steps: Remarks on how it was read.
    """

    values: NDArray[Any]
    write: Write
    exact: bool = True
    steps: tuple[str, ...] = ()

    def present(self) -> list[int]:
        """Values that occur, but for 0.

        Example:
            >>> LabelImage(np.array([[0, 3], [3, 1]]), write=ImageFile).present()
            [1, 3]
        """
        most = int(self.values.max(initial=0))
        if most > _TABLE:
            return [int(value) for value in np.unique(self.values) if value]
        seen = np.zeros(most + 1, np.bool_)
        seen[self.values.ravel()] = True
        return [int(value) for value in np.flatnonzero(seen) if value]

    def marked(self, structure: Structure) -> NDArray[np.bool_]:
        """Pixels of a structure, axes as stored."""
        if structure.values is None:
            return self.values > 0
        if len(structure.values) == 1:
            return self.values == next(iter(structure.values))
        return np.isin(self.values, sorted(structure.values))


def read_label_image(origin: Path | Encoded) -> LabelImage:
    """The label image of a file; a picture with a palette gives its indices.

    Raises:
        SourceError: it is damaged, a series, a picture in colours, or holds what cannot be labels.
    """
    with on_disk(origin) as path:
        return _of_nifti(path) if find_format(path) == "nifti" else _of_picture(path)


def empty_mask(image: ImageFile) -> ImageFile:
    """A mask without a marked pixel on the grid of an image.

    Raises:
        SourceError: the image cannot be read.
    """
    with on_disk(image.origin) as path:
        if find_format(path) != "nifti":
            header = read_header(path)
            mask = _writer(header)(np.zeros(header.shape, np.bool_))
            return mask if image.spacing is None else ImageFile(mask.origin, image.spacing, image.unit)
        from lexiscope.sources.formats.nifti import label_bytes, volume_header  # nibabel takes 45 MB and 0.3 s

        nifti, shape = volume_header(path)
        return ImageFile(Encoded(label_bytes(nifti, np.zeros(shape, np.uint8)), ".nii.gz"))


def _of_picture(path: Path) -> LabelImage:
    header = read_header(path)
    if has_palette(path):
        steps = (f"{path.name} has a palette: its indices are the classes",)
        return LabelImage(read_indices(path), _writer(header), steps=steps)
    values, exact = _whole(_single(read_pixels(path), path.name), path.name)
    if header.format == "jpeg" and len(np.unique(values)) > 2:
        msg = f"{path.name} is a JPEG, which changes values: they are no labels any more"
        raise SourceError(msg, remedy="export the labels as PNG, TIFF or NIfTI")
    return LabelImage(values, _writer(header), exact)


def _of_nifti(path: Path) -> LabelImage:
    from lexiscope.sources.formats.nifti import label_bytes, read_volume_values

    nifti, stored = read_volume_values(path)
    values, exact = _whole(stored, path.name)

    def write(marked: NDArray[np.bool_]) -> ImageFile:
        return ImageFile(Encoded(label_bytes(nifti, marked.astype(np.uint8)), ".nii.gz"))

    return LabelImage(values, write, exact)


def _writer(header: Header) -> Write:
    def write(marked: NDArray[np.bool_]) -> ImageFile:
        encode = plane_file if marked.ndim == 2 else stack_file
        return encode(marked.astype(np.uint8), header.spacing, unit=header.unit or "mm")

    return write


def _single(pixels: NDArray[Any], name: str) -> NDArray[Any]:
    """The only channel; a grey picture that was saved in three has three that are the same."""
    if any(not np.array_equal(pixels[0], channel) for channel in pixels[1:]):
        msg = f"{name} is a picture in colours, expected one channel of class numbers"
        raise SourceError(msg, remedy="export the class numbers as a grey picture, or one with a palette")
    return pixels[0]


def _whole(values: NDArray[Any], name: str) -> tuple[NDArray[Any], bool]:
    """Values as whole numbers, and whether they were that exactly."""
    if values.dtype.kind == "b":
        return values.astype(np.uint8), True
    exact = True
    if values.dtype.kind == "f":
        values, exact = _rounded(values, name)
    if values.min(initial=0) < 0:
        msg = f"{name} holds the label {int(values.min())}, and labels count from 0, the background, on"
        raise SourceError(msg, remedy="give what is to be ignored a number of its own that no structure has")
    return values, exact


def _rounded(values: NDArray[Any], name: str) -> tuple[NDArray[Any], bool]:
    if not np.isfinite(values).all():
        raise SourceError(f"{name} holds values that are no numbers, expected labels", remedy="repair the labels")
    if (most := float(np.abs(values).max(initial=0))) >= _COUNTED:
        msg = (
            f"{name} holds {most:g}, expected labels below 2^53, up to where every whole number has a value of its own"
        )
        raise SourceError(msg, remedy="repair the labels")
    rounded = np.rint(values)
    off = np.abs(values - rounded)
    if off.max(initial=0) > _EXACT:
        msg = f"{name} holds values that are not whole, such as {float(values[off > _EXACT][0]):g}"
        raise SourceError(msg, remedy="threshold probabilities; resample labels by nearest neighbour")
    return rounded.astype(np.int32 if rounded.max(initial=0) < 2**31 else np.int64), not off.any()
