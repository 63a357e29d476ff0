"""Arrays -> the files a corpus keeps: compressed NIfTI for volumes, PNG or TIFF for planes.

The same array gives the same bytes. Stacks of a microscope, which lie in no patient, are TIFFs of pages.
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.sources.draft import Encoded, ImageFile

_QUICK = 1  # zlib level; higher ones cost several times the time and save a few per cent on scans
_PNG_SIDE = 1_000_000  # libpng reads and writes no picture that is wider or higher


def volume_file(values: NDArray[Any], affine: NDArray[np.float64]) -> ImageFile:
    """A volume `(z, y, x)` with its affine from (x, y, z) voxels to RAS millimetres."""
    import imagecodecs
    import nibabel as nib

    nifti = nib.Nifti1Image(values.transpose(2, 1, 0), affine, dtype=values.dtype)
    nifti.header.set_xyzt_units("mm")
    data = bytes(imagecodecs.gzip_encode(nifti.to_bytes(), level=_QUICK))  # libdeflate: twice as fast as zlib
    return ImageFile(Encoded(data, ".nii.gz"))


def plane_file(values: NDArray[Any], spacing: tuple[float, ...] | None, *, unit: str = "mm") -> ImageFile:
    """A plane `(y, x)` or `(y, x, 3)`: PNG where that holds it, TIFF where values are signed, 32-bit or float.

    A side of over a million pixels is no PNG either.

    Example:
        >>> [plane_file(np.zeros((2, 3), dtype), (0.5, 0.5)).origin.suffix for dtype in (np.uint8, np.float32)]
        ['.png', '.tif']
    """
    values = np.ascontiguousarray(values)
    if values.dtype not in (np.uint8, np.uint16) or max(values.shape) > _PNG_SIDE:
        return _tiff_file(values, spacing, unit)
    import imagecodecs

    encoded = Encoded(bytes(imagecodecs.png_encode(values, level=_QUICK)), ".png")
    return ImageFile(encoded, spacing, unit) if spacing else ImageFile(encoded)


def stack_file(values: NDArray[Any], spacing: tuple[float, ...] | None, *, unit: str) -> ImageFile:
    """A volume `(z, y, x)` without a place in a patient: a TIFF of pages."""
    return _tiff_file(np.ascontiguousarray(values), spacing, unit, axes="ZYX")


def _tiff_file(
    values: NDArray[Any], spacing: tuple[float, ...] | None, unit: str, *, axes: str | None = None
) -> ImageFile:
    import tifffile

    stream = io.BytesIO()
    colours = "rgb" if values.ndim == 3 and axes is None else "minisblack"
    metadata = None if axes is None else {"axes": axes}
    tifffile.imwrite(stream, values, photometric=colours, compression="zlib", metadata=metadata, software=False)
    encoded = Encoded(stream.getvalue(), ".tif")
    return ImageFile(encoded, spacing, unit) if spacing else ImageFile(encoded)
