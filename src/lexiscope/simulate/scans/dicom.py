"""`write_dicom`: a patient's FLAIR series as DICOM files, numbered against their places, with names to take out."""

from pathlib import Path

import numpy as np

from lexiscope.simulate.scans.phantom import SHAPE, Phantom

_NAMES = ("Doe^Jane", "Roe^Richard")
_GAP_MM = 3.0


def write_dicom(folder: Path, phantom: Phantom) -> None:
    """Write one file a slice into a folder of the patient."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

    def uid(*parts: object) -> str:
        return str(generate_uid(entropy_srcs=[f"lexiscope {phantom.seed} {phantom.number} {parts}"]))

    values = phantom.values("flair").astype(np.uint16)
    (folder / f"disc{phantom.number}").mkdir(exist_ok=True)
    for z in range(SHAPE[2]):
        image = Dataset()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = MRImageStorage, uid("slice", z)
        image.StudyInstanceUID, image.SeriesInstanceUID = uid("study"), uid("series")
        image.PatientName, image.PatientID = _NAMES[phantom.number % 2 - 1], f"HOSPITAL-{phantom.number}"
        image.PatientBirthDate, image.PatientAge, image.PatientSex = "19610203", "062Y", "MF"[phantom.number % 2]
        image.StudyDate, image.Modality, image.SeriesDescription = "20240310", "MR", "ax T2 FLAIR"
        image.InstanceNumber = SHAPE[2] - z
        image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, _GAP_MM * z], [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.Rows, image.Columns = [1, 1], SHAPE[1], SHAPE[0]
        image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit = 15
        image.PixelData = np.ascontiguousarray(values[:, :, z].T).tobytes()
        image.save_as(folder / f"disc{phantom.number}" / f"IM{z}", enforce_file_format=True)
