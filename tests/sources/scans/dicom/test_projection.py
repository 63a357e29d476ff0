"""Spacing of projections: at the detector, in the patient, or calibrated, and that is said."""

import pytest
from pydicom.dataset import Dataset

from lexiscope.sources.scans.dicom.projection import flat_spacing

IMAGER = {"ImagerPixelSpacing": [0.2, 0.1]}


def spacing(modality="DX", **fields):
    dataset = Dataset()
    dataset.Modality = modality
    for name, value in fields.items():
        setattr(dataset, name, value)
    return flat_spacing(dataset)


@pytest.mark.parametrize(
    ("fields", "expected", "told"),
    [
        ({}, None, ""),
        (IMAGER, (0.2, 0.1), "at the detector: the magnification is not stated"),
        ({**IMAGER, "EstimatedRadiographicMagnificationFactor": 1.6}, (0.125, 0.0625), "magnification of 1.6"),
        (
            {**IMAGER, "DistanceSourceToDetector": 1600, "DistanceSourceToPatient": 1000},
            (0.125, 0.0625),
            "magnification of 1.6",
        ),
        ({**IMAGER, "EstimatedRadiographicMagnificationFactor": 0.5}, (0.2, 0.1), "at the detector"),
        (
            {**IMAGER, "PixelSpacing": [0.2, 0.1], "EstimatedRadiographicMagnificationFactor": 2},
            (0.1, 0.05),
            "magnification of 2",
        ),
        (
            {**IMAGER, "PixelSpacing": [0.16, 0.08], "EstimatedRadiographicMagnificationFactor": 2},
            (0.16, 0.08),
            "calibrated",
        ),
        ({**IMAGER, "PixelSpacing": [0.2, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"}, (0.2, 0.1), "FIDUCIAL"),
        ({"PixelSpacing": [0.3, 0.3]}, (0.3, 0.3), "without saying at which depth"),
        ({"ImagerPixelSpacing": [0.2, 0.0]}, None, ""),
        ({"ImagerPixelSpacing": 0.2}, None, ""),
    ],
)
@pytest.mark.parametrize("modality", ["DX", "CR", "MG", "XA", "RF"])
def test_projections_say_where_their_spacing_holds(modality, fields, expected, told):
    stated, notes = spacing(modality, **fields)
    assert stated == expected
    assert told in " ".join(notes)
    assert bool(notes) == (expected is not None)


def test_what_is_no_projection_has_its_spacing_without_remarks():
    assert spacing("OT", PixelSpacing=[0.3, 0.3]) == ((0.3, 0.3), ())
