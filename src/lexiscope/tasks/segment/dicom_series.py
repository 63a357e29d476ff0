"""`DicomSeries`: the DICOM files behind an image, as a segmentation refers to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.files import quietly

_REMEDY = "write NIfTI with --as nifti"
_TYPE_2 = (  # attributes that every object has, if only without a value
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate",
    "StudyTime",
)  # fmt: skip
_SEXES = ("M", "F", "O")
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class DicomSeries:
    """Headers of a series, and where its slices lie.

    Args:
        headers: Data sets without pixels: one a slice in the order of the slices, or a single one of several frames.
        affine: From (column, row, slice) to LPS millimetres; None for a single slice, which its own header places.
    """

    headers: tuple[Any, ...]
    affine: NDArray[np.float64] | None

    @classmethod
    def read(cls, files: Sequence[Path], affine: NDArray[np.float64] | None) -> "DicomSeries | None":
        """The series that an image was made of; None where its pictures have no place in the patient.

        Args:
            files: Its files in the order of the slices.
            affine: From stored voxels (column, row, slice) to RAS millimetres.

        Raises:
            SourceError: files of several series, which no segmentation can refer to.
        """
        import pydicom

        with quietly():
            headers = tuple(pydicom.dcmread(file, stop_before_pixels=True, force=True) for file in files)
            if affine is None and "ImagePositionPatient" not in headers[0]:
                return None
            _refuse_several(headers)
            frame = headers[0].get("FrameOfReferenceUID") or pydicom.uid.generate_uid()
            thickness = 1.0 if affine is None else spacing_of(affine)[2]
            for header in headers:
                _complete(header, frame, thickness)
                _even(header, headers[0])
        return cls(headers, None if affine is None else _RAS_TO_LPS @ affine)

    @property
    def first(self) -> Any:
        """Header of the first slice."""
        return self.headers[0]


def spacing_of(affine: NDArray[np.float64]) -> tuple[float, float, float]:
    """Distances between columns, between rows, and between slices along their normal, which a tilt makes shorter."""
    column, row = (float(np.linalg.norm(affine[:3, axis])) for axis in (0, 1))
    normal = np.cross(affine[:3, 0] / column, affine[:3, 1] / row)
    return column, row, float(abs(normal @ affine[:3, 2]))


def _refuse_several(headers: Sequence[Any]) -> None:
    names = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Rows", "Columns")
    for name in names:
        if len({str(header.get(name) or "") for header in headers}) > 1:
            msg = f"expected files of one series, got several values of {name}: a segmentation refers to one"
            raise SourceError(msg, remedy=_REMEDY)
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        if not all(header.get(name) for header in headers):
            raise SourceError(f"expected DICOM files with a {name}, to which a segmentation refers", remedy=_REMEDY)


def _complete(header: Any, frame_of_reference: str, thickness: float) -> None:
    """Put in what de-identification took out: a segmentation says it, if only without a value."""
    for name in _TYPE_2:
        if name not in header:
            setattr(header, name, "")
    if header.PatientSex not in _SEXES:
        header.PatientSex = ""
    if header.get("SliceThickness") in (None, "") and "SharedFunctionalGroupsSequence" not in header:
        header.SliceThickness = thickness
    header.FrameOfReferenceUID = frame_of_reference


def _even(header: Any, first: Any) -> None:
    """Give a slice the first one's axes, which are the same but for rounding: one volume was made of them."""
    for name in ("ImageOrientationPatient", "PixelSpacing"):
        if name in first:
            setattr(header, name, getattr(first, name))
