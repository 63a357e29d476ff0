"""Small DICOM files that pydicom writes."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

MR = "1.2.840.10008.5.1.4.1.1.4"


class Scanner:
    """Writes the slices of one patient's study."""

    def __init__(self, folder: Path) -> None:
        from pydicom.uid import generate_uid

        self.folder = folder
        self.study: str = generate_uid()

    def slice(
        self, name: str, pixels: ArrayLike, *, z: float | None, series: str, number: int = 1, **fields: Any
    ) -> Any:
        """Write one file; `z` is its position along the head-foot axis, None for a picture without position."""
        from pydicom.dataset import Dataset, FileMetaDataset
        from pydicom.uid import ExplicitVRLittleEndian, generate_uid

        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID, dataset.SOPInstanceUID = MR, generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = self.study, series
        dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = "HOSP-4711", "Doe^Jane", "19610203"
        dataset.PatientAge, dataset.PatientSex = "062Y", "F"
        dataset.Modality, dataset.InstanceNumber, dataset.SeriesNumber = "MR", number, 1
        values = np.asarray(pixels)
        dataset.Rows, dataset.Columns = values.shape[:2]
        dataset.SamplesPerPixel = values.shape[2] if values.ndim == 3 else 1
        dataset.PhotometricInterpretation = "RGB" if values.ndim == 3 else "MONOCHROME2"
        if values.ndim == 3:
            dataset.PlanarConfiguration = 0
        dataset.BitsAllocated = dataset.BitsStored = values.dtype.itemsize * 8
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = int(values.dtype.kind == "i")
        if z is not None:
            dataset.ImagePositionPatient = [10.0, 20.0, z]
            dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
            dataset.PixelSpacing = [2.0, 0.5]
        dataset.PixelData = values.tobytes()
        for field, value in fields.items():
            setattr(dataset, field, value)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
        return dataset

    def series(
        self, count: int, *, gap: float = 3.0, skip: Collection[int] = (), series: str | None = None, **fields: Any
    ) -> str:
        """Write a volume whose slice k is filled with k, numbered against their positions."""
        from pydicom.uid import generate_uid

        uid: str = series or generate_uid()
        for k in range(count):
            if k not in skip:
                pixels = np.full((4, 6), k, np.uint16)
                self.slice(f"{uid[-6:]}_{(k * 7) % 11:02}.dcm", pixels, z=k * gap, series=uid, number=50 - k, **fields)
        return uid
