"""MONOCHROME1 turns pictures and leaves measured values alone."""

import numpy as np
import pytest

from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.source import DicomSource

STORED = np.array([[24, 1064]], np.uint16)


@pytest.mark.parametrize(
    ("fields", "turned"),
    [
        ({"Modality": "CR"}, True),
        ({"Modality": "DX", "RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "US"}, True),
        ({"Modality": "MG"}, True),
        ({"Modality": "OT"}, True),
        ({"Modality": "CT"}, False),
        ({"Modality": "MR"}, False),
        ({"Modality": "PT"}, False),
        ({"Modality": "NM"}, False),
        ({"Modality": "OT", "RescaleSlope": 1, "RescaleIntercept": -1024}, False),
        ({"Modality": "CR", "RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "OD"}, False),
    ],
)
def test_pictures_are_turned_and_measures_are_not(scanner, fields, turned):
    fields |= {"PhotometricInterpretation": "MONOCHROME1", "BitsStored": 12, "HighBit": 11}
    scanner.slice("a.dcm", STORED, z=None, series="1.2.3", **fields)
    instance = read_instance(scanner.folder / "a.dcm")
    np.testing.assert_array_equal(read_planes(instance)[0], 4095 - STORED if turned else STORED)
    assert instance.inverted is turned
    assert any("kept as measured" in note for note in instance.notes) is not turned


def test_the_case_says_so(scanner):
    fields = {"Modality": "CT", "PhotometricInterpretation": "MONOCHROME1", "RescaleIntercept": -1024}
    scanner.series(3, RescaleSlope=1, **fields)
    (draft,) = DicomSource(scanner.folder).drafts()
    assert "ct: MONOCHROME1 kept as measured: high values are meant to look dark" in draft.provenance.steps
    assert not any("inverted" in step for step in draft.provenance.steps)


def test_monochrome2_is_no_matter(scanner):
    scanner.slice("a.dcm", STORED, z=None, series="1.2.3", Modality="CR")
    instance = read_instance(scanner.folder / "a.dcm")
    assert (instance.inverted, instance.notes) == (False, ())
