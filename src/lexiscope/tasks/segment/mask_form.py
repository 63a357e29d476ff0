"""`MaskForm`: what files masks are written as, settled before anything is computed."""

from dataclasses import dataclass

from lexiscope.core.errors import UsageError
from lexiscope.core.extras import need
from lexiscope.tasks.segment.delineate_request import Form
from lexiscope.tasks.segment.dicom_series import DicomSeries
from lexiscope.tasks.segment.voxel_input import VoxelInput


@dataclass(frozen=True, slots=True)
class MaskForm:
    """Kind of the files.

    Args:
        kind: "image" for NIfTI beside scans and PNG beside pictures, "dicom-seg" or "dicom-labelmap".
        series: The DICOM series, for the DICOM kinds.
    """

    kind: str = "image"
    series: DicomSeries | None = None

    @classmethod
    def of(cls, given: VoxelInput, wanted: Form | None) -> "MaskForm":
        """What was asked for, or else the kind that came: DICOM for DICOM.

        Raises:
            UsageError: an input that has no such form.
            MissingExtraError: DICOM without highdicom.
            SourceError: DICOM files that no segmentation can refer to.
        """
        if wanted == "nifti":
            if given.stored.affine is None:
                msg = f"expected a scan for --as nifti, got {given.name}, whose pixels have no place in a patient"
                raise UsageError(f"{msg}; leave --as out for PNG")
            return cls()
        if not given.series:
            if wanted is None:
                return cls()
            msg = f"expected DICOM files for --as {wanted}, got {given.name}"
            raise UsageError(f"{msg}; point at the files of the series, or leave --as out")
        series = DicomSeries.read(given.series, given.stored.affine)
        if series is not None:
            need("highdicom", extra="segment")
            return cls(wanted or "dicom-seg", series)
        if wanted is None:
            return cls()
        msg = f"expected DICOM images with a place in the patient for --as {wanted}, got pictures without"
        raise UsageError(f"{msg}; leave --as out for PNG")
