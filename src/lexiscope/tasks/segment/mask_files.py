"""`write_mask`: a mask as a file that lies on its image: NIfTI beside scans, PNG beside pictures."""

from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from lexiscope.core.files import write_beside
from lexiscope.views.stored_grid import StoredGrid


def write_mask(values: Shaped[np.ndarray, "z y x"], grid: StoredGrid, folder: Path, name: str) -> Path:
    """Write values on the grid of an image: 0 and 1 of a mask, 0 to 255 of an uncertainty.

    Args:
        values: `(z, y, x)`, 8 bit, in the orientation in which the image is read.
        grid: Grid of the image file.
        folder: Folder to write into; made.
        name: Name of the file without its suffix.

    Returns:
        The file: NIfTI in the orientation, shape and affine of the image file, or for pictures PNG with 255 for 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if grid.affine is None:
        return _write_png(values, folder / f"{name}.png")
    import nibabel as nib

    path = folder / f"{name}.nii.gz"
    image = nib.Nifti1Image(grid.as_stored(values), grid.affine)
    image.header.set_xyzt_units("mm")
    with write_beside(path) as part:
        part.write_bytes(_compressed(image))
    return path


def _compressed(image: object) -> bytes:
    import gzip

    return gzip.compress(image.to_bytes(), compresslevel=1, mtime=0)  # type: ignore[attr-defined]


def _write_png(values: np.ndarray, path: Path) -> Path:
    from PIL import Image as Pillow

    plane = values[values.shape[0] // 2]
    shown = plane * 255 if plane.max() <= 1 else plane
    with write_beside(path) as part, part.open("wb") as stream:
        Pillow.fromarray(shown.astype(np.uint8)).save(stream, "PNG")
    return path
