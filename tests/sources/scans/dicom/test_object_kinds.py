"""Slides in tiles and volumes of ultrasound are refused by name; units of measured values are said."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.object_kinds import is_tomographic, unit_notes

SLIDE, ULTRASOUND = "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.5.1.4.1.1.6.2"


def write(scanner, frames, **fields):
    pixels = np.zeros((frames, 4, 6), np.uint8)
    fields = {"NumberOfFrames": frames, "PixelData": pixels.tobytes(), **fields}
    scanner.slice("a.dcm", pixels[0], z=None, series="1.2.3", **fields)
    return scanner.folder / "a.dcm"


def test_tiles_of_a_slide_are_refused_and_its_overview_is_read(scanner):
    size = {"TotalPixelMatrixRows": 8, "TotalPixelMatrixColumns": 12, "SOPClassUID": SLIDE, "Modality": "SM"}
    with pytest.raises(SourceError, match="a slide of 8 x 12 pixels in 4 tiles") as refused:
        read_instance(write(scanner, 4, **size))
    assert "TIFF" in refused.value.remedy
    assert len(read_instance(write(scanner, 1, **size)).planes) == 1


def test_volumes_of_ultrasound_are_refused_and_films_are_not(scanner):
    with pytest.raises(SourceError, match="ImagePositionVolume"):
        read_instance(write(scanner, 4, SOPClassUID=ULTRASOUND, Modality="US"))
    assert len(read_instance(write(scanner, 4, Modality="US")).planes) == 4


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"Modality": "PT", "Units": "BQML"}, "values in Bq/ml (BQML), not standardised uptake values"),
        ({"Modality": "PT", "Units": "GML"}, "values are standardised uptake values in g/ml (GML)"),
        ({"Modality": "PT", "Units": "PROPCNTS"}, "values in PROPCNTS"),
        ({"Modality": "PT"}, "the unit of the values is not stated"),
        ({"Modality": "NM"}, "values are counts as stored"),
    ],
)
def test_units_are_said(fields, told):
    dataset = Dataset()
    for name, value in fields.items():
        setattr(dataset, name, value)
    assert unit_notes(dataset) == (told,)


def test_captures_of_a_scanner_are_no_cross_sections():
    dataset = Dataset()
    dataset.Modality = "CT"
    assert is_tomographic(dataset)
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    assert not is_tomographic(dataset)
    dataset.ImagePositionPatient = [0, 0, 0]
    assert is_tomographic(dataset)
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    assert is_tomographic(dataset)
