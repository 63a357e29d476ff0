"""Nothing stays in the bits beside the values, and the values stay."""

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, RLELossless

from lexiscope.corpus.deidentify.unused_bits import clear_unused_bits
from lexiscope.testing.dicom import Scanner

VALUES = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) % 900


def read_back(dataset, tmp_path):
    dataset.save_as(tmp_path / "out.dcm", enforce_file_format=True)
    return pydicom.dcmread(tmp_path / "out.dcm")


@pytest.fixture
def written(tmp_path):
    def write(words, syntax=None, **fields):
        dataset = Scanner(tmp_path).slice("a.dcm", words, z=None, series="1.2.3")
        if syntax == ExplicitVRBigEndian:
            dataset.file_meta.TransferSyntaxUID = syntax
            dataset.PixelData = words.astype(">u2").tobytes()
        elif syntax is not None:
            dataset.compress(syntax, generate_instance_uid=False)
        for field, value in fields.items():
            setattr(dataset, field, value)
        dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
        return pydicom.dcmread(tmp_path / "a.dcm")

    return write


@pytest.mark.parametrize("syntax", [None, ExplicitVRBigEndian, RLELossless, JPEG2000Lossless])
def test_an_overlay_in_the_words_is_emptied(written, tmp_path, syntax):
    words = VALUES.copy()
    words[8:16, 8:16] |= 0x3000
    dataset = written(words, syntax, BitsStored=12, HighBit=11)
    assert clear_unused_bits(dataset) == 64
    cleared = read_back(dataset, tmp_path)
    np.testing.assert_array_equal(cleared.pixel_array, VALUES)
    order = "<" if cleared.file_meta.TransferSyntaxUID.is_little_endian else ">"
    assert (np.frombuffer(cleared.PixelData, f"{order}u2") >> 12).max() == 0


@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_low_bits_are_emptied_too(written, tmp_path, syntax):
    dataset = written((VALUES << 4) | 0x5, syntax, BitsStored=12, HighBit=15)
    assert clear_unused_bits(dataset) == VALUES.size
    cleared = read_back(dataset, tmp_path)
    words = np.frombuffer(cleared.PixelData, "<u2").reshape(64, 64)
    np.testing.assert_array_equal(words >> (cleared.HighBit - 11), VALUES)
    assert (words & ((1 << cleared.HighBit - 11) - 1)).max() == 0


@pytest.mark.parametrize("carried", [True, False])
def test_a_sign_that_is_carried_up_or_not_is_nothing(written, carried):
    words = (VALUES.astype(np.int16) - 400).view(np.uint16)
    dataset = written(words if carried else words & 0x0FFF, BitsStored=12, HighBit=11, PixelRepresentation=1)
    before = dataset.PixelData
    assert clear_unused_bits(dataset) == 0
    assert dataset.PixelData == before


def test_clean_compressed_pixels_stay_compressed(written):
    dataset = written(VALUES, RLELossless, BitsStored=12, HighBit=11)
    assert clear_unused_bits(dataset) == 0
    assert dataset.file_meta.TransferSyntaxUID == RLELossless


def test_bytes_after_the_last_pixel_are_dropped(written):
    dataset = written(VALUES)
    dataset.PixelData += b"Doe^Jane"
    assert clear_unused_bits(dataset) == 0
    assert dataset.PixelData == VALUES.tobytes()
