"""What an instance says: identifiers, patient facts, and whether its pixels can be read without a parser."""

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.headers import read_instance, secrets_of

PIXELS = np.arange(24, dtype=np.uint16).reshape(4, 6)


def test_a_header_is_read(scanner):
    scanner.slice("a.dcm", PIXELS, z=3.0, series="1.2.3", SeriesDescription="t2 flair", BitsStored=12, HighBit=11)
    instance = read_instance(scanner.folder / "a.dcm")
    assert (instance.patient, instance.modality, instance.hints) == ("HOSP-4711", "mr", ("t2", "flair"))
    assert (instance.shape, instance.bits.stored, instance.inverted, instance.tiles) == ((4, 6), 12, False, 0)
    assert instance.spacing == (2.0, 0.5)
    assert instance.planes[0].geometry.position == (10.0, 20.0, 3.0)
    assert instance.attributes == {"age": 62.0, "sex": "F"}


def test_plain_pixels_are_found_in_the_file(scanner):
    scanner.slice("a.dcm", PIXELS, z=0.0, series="1.2.3")
    instance = read_instance(scanner.folder / "a.dcm")
    stored = np.fromfile(instance.path, instance.raw.dtype, PIXELS.size, offset=instance.raw.offset)
    np.testing.assert_array_equal(stored.reshape(4, 6), PIXELS)


@pytest.mark.parametrize(
    "fields", [{"PhotometricInterpretation": "PALETTE COLOR"}, {"BitsAllocated": 32}, {"ModalityLUTSequence": []}]
)
def test_other_pixels_are_left_to_pydicom(scanner, fields):
    scanner.slice("a.dcm", PIXELS, z=0.0, series="1.2.3", **fields)
    assert read_instance(scanner.folder / "a.dcm").raw is None


def test_what_a_file_does_not_state_is_empty(scanner):
    scanner.slice("a.dcm", PIXELS, z=0.0, series="", PatientID="", StudyInstanceUID="")
    instance = read_instance(scanner.folder / "a.dcm")
    assert (instance.study, instance.series, instance.patient) == ("", "", "")


@pytest.mark.parametrize(
    ("age", "years"), [("018M", 1.5), ("010W", 0.2), ("095Y", 90.0), ("62", None), ("0X2Y", None), ("062Z", None)]
)
def test_ages_are_years_and_rare_ones_are_pooled(scanner, age, years):
    scanner.slice("a.dcm", PIXELS, z=0.0, series="1.2.3", PatientAge=age)
    assert read_instance(scanner.folder / "a.dcm").attributes.get("age") == years


def test_identifiers_and_parts_of_names_are_secrets(scanner):
    dataset = scanner.slice("a.dcm", PIXELS, z=0.0, series="1.2.3", AccessionNumber="A7")
    secrets = secrets_of(dataset)
    assert {"HOSP-4711", "Doe^Jane", "Doe", "Jane", "19610203", "1.2.3"} <= secrets
    assert "A7" not in secrets
    dataset.PatientName = "Wang^XiaoDong=王^小东"
    assert {"Wang", "XiaoDong", "小东"} <= secrets_of(dataset)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Rows": None}, "that does not say how large the image is"),
        ({"NumberOfFrames": 100_000, "Rows": 60_000, "Columns": 60_000}, "claims"),
    ],
)
def test_headers_without_an_image_or_of_a_bomb_are_refused(scanner, fields, reason):
    scanner.slice("a.dcm", PIXELS, z=0.0, series="1.2.3", **fields)
    with pytest.raises(SourceError, match=reason):
        read_instance(scanner.folder / "a.dcm")
