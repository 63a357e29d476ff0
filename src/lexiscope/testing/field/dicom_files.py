"""DICOM files whose values say where they belong: slice k of a series is filled with 100 + 10 k."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

STORAGE = "1.2.840.10008.5.1.4.1.1"
CT, MR, CR, DX, MG, NM, PT, SC = (f"{STORAGE}.{n}" for n in ("2", "4", "1", "1.1", "1.2", "20", "128", "7"))
_KINDS = {CT: "CT", MR: "MR", CR: "CR", DX: "DX", MG: "MG", NM: "NM", PT: "PT", SC: "OT"}
ROOT = "1.2.826.0.1.3680043.10.777"  # pydicom writes the UIDs below 8.498 of itself


def slice_of(pixels: ArrayLike, z: float | None, *, kind: str = CT, **fields: Any) -> Any:
    """A data set of one slice at `z` mm; without position when that is None. A field of None is left out."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    values = np.asarray(pixels)
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SOPClassUID, made.SOPInstanceUID = kind, generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID = f"{ROOT}.1", f"{ROOT}.2"
    made.PatientID, made.PatientName = "P-4711", "Doe^Jane"
    made.StudyDate, made.Modality, made.InstanceNumber, made.SeriesNumber = "20240310", _KINDS.get(kind, "OT"), 1, 1
    made.Rows, made.Columns = values.shape[:2] if values.ndim < 3 or values.shape[-1] == 3 else values.shape[1:3]
    made.SamplesPerPixel = 3 if values.ndim > 2 and values.shape[-1] == 3 else 1
    made.PhotometricInterpretation = "RGB" if made.SamplesPerPixel == 3 else "MONOCHROME2"
    if made.SamplesPerPixel == 3:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = values.dtype.itemsize * 8
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(values.dtype.kind == "i")
    if z is not None:
        made.ImagePositionPatient, made.ImageOrientationPatient = [0.0, 0.0, z], [1, 0, 0, 0, 1, 0]
        made.PixelSpacing = [1.0, 1.0]
    made.PixelData = values.tobytes()
    change(made, **fields)
    return made


def change(made: Any, **fields: Any) -> Any:
    """Set fields by keyword; one of None is taken out."""
    for field, value in fields.items():
        if value is None:
            if field in made:
                delattr(made, field)
        else:
            setattr(made, field, value)
    return made


def save(made: Any, path: Path) -> None:
    """Write a data set as a file with its meta header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if "SOPInstanceUID" not in made:
        made.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.7"  # a file needs one, and readers must not rely on it
    made.save_as(path, enforce_file_format=True)


def filled(k: int, size: tuple[int, int] = (8, 8)) -> Any:
    """Pixels of slice k: 100 + 10 k, one corner 1 more so that a turn shows."""
    values = np.full(size, 100 + 10 * k, np.uint16)
    values[0, 0] += 1
    return values


def stack(count: int) -> Any:
    """The volume (z, y, x) that slices 0 .. count - 1 make, as it is kept: in RAS+, so rows and columns run back."""
    return np.stack([filled(k)[::-1, ::-1] for k in range(count)])


def series(
    folder: Path,
    count: int,
    each: Callable[[Any, int], object] | None = None,
    *,
    kind: str = CT,
    gap: float = 2.0,
    skip: tuple[int, ...] = (),
    name: str = "IM{:03}.dcm",
    **fields: Any,
) -> None:
    """Write slices 0 .. count - 1; `each` changes the data set of slice k."""
    for k in range(count):
        if k in skip:
            continue
        made = slice_of(filled(k), k * gap, kind=kind, InstanceNumber=k + 1, **fields)
        if each is not None:
            each(made, k)
        save(made, folder / name.format(k))
