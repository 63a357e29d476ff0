"""`instance_of`: one slice of an image as a DICOM data set, a secondary capture that says what it was made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lexiscope.serve.dicomweb.geometry import Place, place_of_slices
from lexiscope.serve.dicomweb.query import SECONDARY_CAPTURE, dataset_of, series_attributes, study_attributes
from lexiscope.serve.dicomweb.stored import Stored, stored_as
from lexiscope.serve.dicomweb.study import Series, Study, derived_uid
from lexiscope.serve.pictures.decoded import Decoded
from lexiscope.serve.pictures.orientation import as_seen

EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_WORKSTATION = "WSD"  # how a secondary capture came to be, DICOM PS3.3, C.8.6.1
_MAKER = "lexiscope"


@dataclass(frozen=True, slots=True)
class Opened:
    """A series with its decoded image, from which its instances are made.

    Args:
        study: Its study.
        series: The series.
        image: The decoded image.
        stored: How its values are stored.
        place: Where its slices lie; None where the image states no place in a patient.
    """

    study: Study
    series: Series
    image: Decoded
    stored: Stored
    place: Place | None


def open_series(study: Study, series: Series, image: Decoded) -> Opened:
    """Prepare a series to be given slice by slice."""
    values = image.values if series.channel is None else image.values[series.channel]
    place = None if image.affine is None else place_of_slices(image.affine, image.values.shape[1:], series.axis)
    return Opened(study, series, image, stored_as(values), place)


def instance_of(opened: Opened, index: int, *, with_pixels: bool = True) -> Any:
    """A slice as a `pydicom` data set.

    Args:
        opened: Its series.
        index: Slice, from 0 at the patient's feet, back or left.
        with_pixels: Leave the pixels out where only the header is asked for.
    """
    from pydicom.dataset import FileMetaDataset

    made = dataset_of({**study_attributes(opened.study.case, opened.study.group), **series_attributes(opened.series)})
    made.SOPClassUID = SECONDARY_CAPTURE
    made.SOPInstanceUID = opened.series.instance_uid(index)
    made.InstanceNumber = index + 1
    made.ImageType = ["DERIVED", "SECONDARY"]
    made.ConversionType = _WORKSTATION
    made.Manufacturer = _MAKER
    made.DerivationDescription = _derivation(opened)
    if opened.study.is_pseudonym:
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = "keyed hashes for identifiers; no header of the original"
    made.PatientOrientation = ""
    _describe_pixels(made, opened)
    _describe_place(made, opened, index)
    if with_pixels:
        made.PixelData = pixels_of(opened, index)
        made["PixelData"].VR = "OW" if opened.stored.dtype.itemsize == 2 else "OB"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = EXPLICIT_LITTLE_ENDIAN
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return made


def pixels_of(opened: Opened, index: int) -> bytes:
    """Bytes of a slice's pixels, row by row as they are shown, of an even number."""
    values = opened.image.values if opened.image.is_volume else opened.image.values[:, None]
    channels = values if opened.series.channel is None else values[opened.series.channel :][:1]
    cut = channels.take(index, axis=1 + opened.series.axis)
    plane = opened.stored.pixels(as_seen(cut, opened.image))  # (c, row, column)
    data = np.ascontiguousarray(np.moveaxis(plane, 0, -1)).tobytes()
    return data if len(data) % 2 == 0 else data + b"\0"


def _derivation(opened: Opened) -> str:
    how = "values as in the corpus" if opened.stored.is_exact else "values in 65536 steps"
    return f"slice of a {opened.image.format} file of a corpus, SHA-256 {opened.series.image.content}; {how}"


def _describe_pixels(made: Any, opened: Opened) -> None:
    stored = opened.stored
    made.Rows, made.Columns = opened.series.size
    made.SamplesPerPixel = 3 if opened.series.is_colour else 1
    made.PhotometricInterpretation = "RGB" if opened.series.is_colour else "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = stored.dtype.itemsize * 8
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(stored.dtype.kind == "i")
    if opened.series.is_colour:
        made.PlanarConfiguration = 0
        return
    low, high = opened.image.window(opened.series.channel)
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = _ds(stored.slope), _ds(stored.intercept), "US"
    made.WindowCenter, made.WindowWidth = _ds((low + high) / 2), _ds(high - low)


def _describe_place(made: Any, opened: Opened, index: int) -> None:
    place, spacing = opened.place, opened.image.spacing
    if place is None:
        if spacing is not None:
            made.PixelSpacing = [_ds(spacing[-2]), _ds(spacing[-1])]
        return
    made.FrameOfReferenceUID = _frame_of_reference(opened)
    made.PositionReferenceIndicator = ""
    made.PixelSpacing = [_ds(size) for size in place.spacing]
    made.ImageOrientationPatient = [_ds(cosine) for cosine in (*place.row, *place.column)]
    made.ImagePositionPatient = [_ds(length) for length in place.first + index * place.step]
    if opened.image.is_volume:
        made.SliceThickness = made.SpacingBetweenSlices = _ds(place.apart)


def _frame_of_reference(opened: Opened) -> str:
    """The same for images of a case on one grid, which lie voxel on voxel; of others nobody knows that they do."""
    affine = opened.image.affine
    grid = None if affine is None else np.round(affine, 3).tolist()
    return derived_uid("frame", opened.study.group, opened.study.case, list(opened.image.values.shape[1:]), grid)


def _ds(value: float) -> str:
    from pydicom.valuerep import format_number_as_ds

    return format_number_as_ds(float(value))
