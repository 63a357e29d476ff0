"""`Voxels`: a NIfTI header with its values, read from a file or made of a stack; downsampled, and written again."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.serve.pictures.decoded import Decoded
from lexiscope.sources.formats.nifti import read_nifti_header, read_stored
from lexiscope.sources.formats.unzipped import open_unzipped

_MICROMETRES = 3  # NIfTI's code; it knows no finer unit
_ALIGNED = 2  # NIfTI's code for axes that are no patient's
_NM_PER_UM = 1000.0
Factors = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """A NIfTI header and values `(x, y, z)` or `(x, y, z, c)` as stored; colours are fields R, G and B."""

    header: Any
    values: NDArray[Any]


def stored_voxels(path: Path) -> Voxels:
    """Header and values of a NIfTI file that `read_header` let pass.

    Raises:
        SourceError: it is truncated.
    """
    with open_unzipped(path) as stream:
        header = read_nifti_header(stream)
        values = read_stored(stream, header)
    return Voxels(header, values)


def voxels_of_stack(image: Decoded) -> Voxels:
    """A stack that lies in no patient, with an affine under which radiological viewers show it as it is stored.

    Columns run from the side that they show on the left, rows from the top, pages from below. Where the spacing is not
    known a voxel is a cube of one unit that the file does not name.

    Args:
        image: Values `(c, z, y, x)`.
    """
    import nibabel as nib

    values = _typed(image.values.transpose(3, 2, 1, 0))  # (x, y, z, c)
    scale = _NM_PER_UM if image.unit == "nm" else 1.0
    sizes = [1.0, 1.0, 1.0] if image.spacing is None else [size / scale for size in image.spacing[::-1]]
    header = nib.Nifti1Header() if max(values.shape) < 1 << 15 else nib.Nifti2Header()
    header.set_data_dtype(values.dtype)
    header.set_data_shape(values.shape)
    header.set_zooms((*sizes, 1.0)[: values.ndim])
    width, height = values.shape[:2]
    header.set_sform(
        [
            [-sizes[0], 0, 0, sizes[0] * (width - 1)],
            [0, -sizes[1], 0, sizes[1] * (height - 1)],
            [0, 0, sizes[2], 0],
            [0, 0, 0, 1],
        ],
        code=_ALIGNED,
    )
    header["xyzt_units"] = 0 if image.spacing is None else (_MICROMETRES if image.unit == "nm" else 2)
    header["descrip"] = b"for display; no place in a patient"
    return Voxels(header, values)


def factors_within(sizes: tuple[int, ...], spacing: tuple[float, ...], *, bytes_each: int, most_bytes: int) -> Factors:
    """Voxels to put together along each axis so that the values fit: along the finest axis first.

    Example:
        >>> factors_within((512, 512, 60), (0.5, 0.5, 3.0), bytes_each=2, most_bytes=8_000_000)
        (2, 2, 1)
    """
    factors = [1, 1, 1]
    while math.prod(-(-n // f) for n, f in zip(sizes, factors, strict=True)) * bytes_each > most_bytes:
        coarse = [f * step if f < n else math.inf for n, f, step in zip(sizes, factors, spacing, strict=True)]
        factors[coarse.index(min(coarse))] += 1
    return factors[0], factors[1], factors[2]


def downsampled(voxels: Voxels, factors: Factors) -> Voxels:
    """Blocks of voxels as their means, with the affine of the blocks' middles.

    Whole numbers stay whole, so that a mask is marked where more than half of a block is. The last block of an axis
    may hold fewer voxels.
    """
    values = voxels.values
    if values.dtype.names:
        means = np.empty(tuple(-(-n // f) for n, f in zip(values.shape, factors, strict=True)), values.dtype)
        for colour in values.dtype.names:
            means[colour] = _means(values[colour], factors)
    else:
        means = _means(values, factors)
    header = voxels.header.copy()
    header.set_data_shape(means.shape)
    scale = np.diag([*map(float, factors), 1.0])
    scale[:3, 3] = [(f - 1) / 2 for f in factors]
    zooms = header.get_zooms()
    header.set_zooms((*(size * f for size, f in zip(zooms, factors, strict=False)), *zooms[3:]))
    _place(voxels.header, header, scale)
    return Voxels(header, means)


def file_bytes(voxels: Voxels) -> bytes:
    """A NIfTI file in one piece, not compressed."""
    header = voxels.header.copy()
    header["vox_offset"] = int(header["sizeof_hdr"]) + 4  # four zero bytes say that no extension follows
    values = voxels.values.astype(header.get_data_dtype(), copy=False)
    return header.binaryblock + bytes(4) + values.tobytes(order="F")


def _typed(values: NDArray[Any]) -> NDArray[Any]:
    """Values in a type that viewers read: bytes of three channels as colours, nothing wider than four bytes."""
    if values.shape[-1] == 3 and values.dtype == np.uint8:
        colours = np.empty(values.shape[:3], [("R", "u1"), ("G", "u1"), ("B", "u1")])
        for place, colour in enumerate("RGB"):
            colours[colour] = values[..., place]
        return colours
    plain = values[..., 0] if values.shape[-1] == 1 else values
    return plain.astype(np.float32) if plain.dtype.itemsize > 4 or plain.dtype == np.float16 else plain


def _means(values: NDArray[Any], factors: Factors) -> NDArray[Any]:
    """Means of blocks of `(x, y, z, ...)`, a layer of blocks at a time so that no wide copy of all of it is made."""
    blocks = tuple(-(-n // f) for n, f in zip(values.shape, factors, strict=False))
    means = np.empty((*blocks, *values.shape[3:]), values.dtype, order="F")
    for place, start in enumerate(range(0, values.shape[2], factors[2])):
        means[:, :, place] = _layer(values[:, :, start : start + factors[2]], factors)
    return means


def _layer(part: NDArray[Any], factors: Factors) -> NDArray[Any]:
    """(x, y, few, ...) -> (x blocks, y blocks, ...)."""
    fits = part.dtype.itemsize <= 2 or part.dtype == np.float32
    wide = np.float32 if fits else np.float64
    sums = part.sum(axis=2, dtype=wide)
    for axis in (0, 1):
        starts = np.arange(0, part.shape[axis], factors[axis])
        counts = np.diff([*starts, part.shape[axis]]).reshape((-1, *(1,) * (sums.ndim - 1 - axis)))
        sums = np.add.reduceat(sums, starts, axis=axis) / counts
    means = sums / part.shape[2]
    return means.astype(part.dtype) if part.dtype.kind == "f" else np.rint(means).astype(part.dtype)


def _place(before: Any, header: Any, scale: NDArray[np.float64]) -> None:
    """Give a header the affines of another, for voxels that `scale` leads from to those of the other."""
    if int(before["sform_code"]) > 0:
        header.set_sform(before.get_sform() @ scale, code=int(before["sform_code"]))
    if int(before["qform_code"]) > 0:
        header.set_qform(before.get_qform() @ scale, code=int(before["qform_code"]))
