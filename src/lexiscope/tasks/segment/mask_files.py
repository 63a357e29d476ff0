"""`write_masks`: masks as files that lie on their image: NIfTI for scans, PNG for pictures, DICOM for DICOM."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from lexiscope.core.files import write_beside
from lexiscope.sources.naming import slug
from lexiscope.tasks.segment.dicom_seg import Segmented, write_segmentation
from lexiscope.tasks.segment.found_mask import FoundMask
from lexiscope.tasks.segment.mask_form import MaskForm
from lexiscope.views.stored_grid import StoredGrid


def write_masks(
    found: Sequence[tuple[FoundMask, np.ndarray | None]],
    grid: StoredGrid,
    folder: Path,
    *,
    form: MaskForm,
    model: tuple[str, str],
) -> list[FoundMask]:
    """Write masks and what is known of their uncertainty, which is an image file in any case.

    Args:
        found: Masks, each with its map of uncertainty or None.
        grid: Grid of the image file.
        folder: Folder to write into; made.
        form: Kind of the files.
        model: Name and version of the model.

    Returns:
        The masks, each with its files.

    Raises:
        UsageError: masks that overlap, as a label map.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:02d}-{slug(one.sentence, default='mask')[:60]}" for number, (one, _) in enumerate(found, 1)]
    masks = [one for one, _ in found]
    if form.series is None:
        files = [write_mask(one.mask, grid, folder, name) for one, name in zip(masks, names, strict=True)]
    else:
        files = _write_dicom(masks, names, grid, folder, form=form, model=model)
    unsure = [
        None if maps is None else str(write_mask(maps, grid, folder, f"{name}-uncertainty"))
        for (_, maps), name in zip(found, names, strict=True)
    ]
    return [
        replace(one, file=str(file), uncertainty=maps) for one, file, maps in zip(masks, files, unsure, strict=True)
    ]


def write_mask(values: Shaped[np.ndarray, "z y x"], grid: StoredGrid, folder: Path, name: str) -> Path:
    """Write values on the grid of an image.

    Args:
        values: `(z, y, x)`, a mask or 8 bit, in the orientation in which the image is read.
        grid: Grid of the image file.
        folder: Folder to write into.
        name: Name of the file without its suffix.

    Returns:
        The file: NIfTI in the orientation, shape and affine of the image file, with 1 for a mask; for pictures PNG, or
        TIFF of a stack, with 255.
    """
    if grid.affine is None:
        return _write_picture(values, folder, name)
    import nibabel as nib

    path = folder / f"{name}.nii.gz"
    stored = grid.as_stored(values).astype(np.uint8)
    image = nib.Nifti1Image(stored[..., 0] if grid.axes == 2 else stored, grid.affine)
    image.header.set_xyzt_units("mm")
    with write_beside(path) as part:
        part.write_bytes(_compressed(image))
    return path


def _write_dicom(
    masks: Sequence[FoundMask],
    names: Sequence[str],
    grid: StoredGrid,
    folder: Path,
    *,
    form: MaskForm,
    model: tuple[str, str],
) -> list[Path]:
    """One file a sentence, or one of all as a label map."""
    from pydicom.uid import generate_uid

    assert form.series is not None
    origin = Segmented(*model, generate_uid())
    values, sentences = [grid.in_file_order(one.mask) for one in masks], [one.sentence for one in masks]
    if form.kind == "dicom-labelmap":
        path = folder / "masks.dcm"
        return [write_segmentation(values, sentences, form.series, path, origin=origin, labelmap=True)] * len(masks)
    return [
        write_segmentation([mask], [sentence], form.series, folder / f"{name}.dcm", origin=replace(origin, number=n))
        for n, (mask, sentence, name) in enumerate(zip(values, sentences, names, strict=True), start=1)
    ]


def _compressed(image: object) -> bytes:
    import gzip

    return gzip.compress(image.to_bytes(), compresslevel=1, mtime=0)  # type: ignore[attr-defined]


def _write_picture(values: np.ndarray, folder: Path, name: str) -> Path:
    """A plane as PNG, a stack as a TIFF of pages."""
    import imagecodecs
    import tifffile

    shown = values.astype(np.uint8) * 255 if values.dtype == bool else values
    path = folder / f"{name}{'.tif' if len(shown) > 1 else '.png'}"
    with write_beside(path) as part:
        if len(shown) > 1:
            tifffile.imwrite(
                part, shown, photometric="minisblack", compression="zlib", metadata={"axes": "ZYX"}, software=False
            )
        else:
            part.write_bytes(bytes(imagecodecs.png_encode(np.ascontiguousarray(shown[0]))))
    return path
