"""The value of a pixel is the same through every decoder, wherever it lies in its word."""

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.stored_bits import StoredBits, precision_of

SYNTAXES = (
    None, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless, JPEG2000Lossless,
    JPEGLSLossless, JPEGLosslessSV1,
)  # fmt: skip
LAYOUTS = [(12, 11, False), (12, 15, False), (12, 11, True), (12, 13, True), (13, 15, True), (10, 12, False)]


def words_of(values, bits, low, *, junk=0xFFFF):
    """Words of 16 bits that hold the values from bit `low` on and `junk` in their other bits."""
    mask = ((1 << bits) - 1) << low
    return ((values.astype(np.int64) << low) & mask | junk & ~mask & 0xFFFF).astype(np.uint16)


def written(scanner, words, syntax, **fields):
    """A file with these words of 16 bits, by that transfer syntax."""
    dataset = scanner.slice("a.dcm", words, z=0.0, series="1.2.3", **fields)
    path = scanner.folder / "a.dcm"
    if syntax is None:
        return path
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = words.astype(">u2").tobytes()
    encode = {
        RLELossless: None,
        JPEG2000Lossless: lambda a: imagecodecs.jpeg2k_encode(a, codecformat="j2k", reversible=True, level=0),
        JPEGLSLossless: imagecodecs.jpegls_encode,
        JPEGLosslessSV1: lambda a: imagecodecs.ljpeg_encode(a, bitspersample=16),
    }.get(syntax)
    if encode is not None:
        dataset.PixelData = encapsulate([bytes(encode(words))])
    elif syntax == RLELossless:
        stated = dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation
        dataset.file_meta.TransferSyntaxUID = None
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 15, 0
        dataset.compress(RLELossless, words, generate_instance_uid=False)
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = stated
    little, implicit = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    dataset.save_as(path, implicit_vr=implicit, little_endian=little)
    return path


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name if syntax else "native")
@pytest.mark.parametrize(("bits", "high", "signed"), LAYOUTS)
def test_words_give_their_values_through_every_decoder(scanner, syntax, bits, high, signed):
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    values = np.random.default_rng(bits).integers(least, most, (16, 16), endpoint=True)
    words = words_of(values, bits, high + 1 - bits)
    layout = {"BitsStored": bits, "HighBit": high, "PixelRepresentation": int(signed)}
    instance = read_instance(written(scanner, words, syntax, **layout))
    np.testing.assert_array_equal(read_planes(instance)[0], values)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_a_stream_of_the_values_alone_is_not_shifted(scanner, syntax):
    values = np.random.default_rng(0).integers(0, 4096, (64, 64)).astype(np.uint16)
    path = written(scanner, values, None, BitsStored=12, HighBit=11)
    dataset = pydicom.dcmread(path)
    dataset.compress(syntax, generate_instance_uid=False)  # a stream of 12 bits
    dataset.HighBit = 15
    dataset.save_as(path)
    np.testing.assert_array_equal(read_planes(read_instance(path))[0], values)


@given(
    values=st.lists(st.integers(-(1 << 15), (1 << 15) - 1), min_size=1, max_size=8),
    bits=st.integers(2, 16),
    low=st.integers(0, 14),
    junk=st.integers(0, 0xFFFF),
    signed=st.booleans(),
)
def test_a_value_survives_any_place_and_any_other_bits(values, bits, low, junk, signed):
    low = min(low, 16 - bits)
    meant = np.array(values) % (1 << bits) - ((1 << bits - 1) if signed else 0)
    words = words_of(meant, bits, low, junk=junk).view(np.int16 if signed else np.uint16)
    np.testing.assert_array_equal(StoredBits(16, bits, low + bits - 1).values(words), meant)


def test_floats_and_full_words_stay():
    floats = np.array([0.5], np.float32)
    assert StoredBits(32, 12, 11).values(floats) is floats
    words = np.array([65535], np.uint16)
    assert StoredBits(16, 16, 15).values(words) is words


@pytest.mark.parametrize("fields", [{"BitsStored": 17, "HighBit": 16}, {"BitsStored": 12, "HighBit": 16}])
def test_values_that_do_not_fit_their_word_are_refused(scanner, fields):
    scanner.slice("a.dcm", np.zeros((4, 6), np.uint16), z=0.0, series="1.2.3", **fields)
    with pytest.raises(SourceError, match="expected values inside words of 16 bits"):
        read_instance(scanner.folder / "a.dcm")


def test_what_was_guessed_and_moved_is_said(scanner):
    scanner.slice("a.dcm", np.zeros((4, 6), np.uint16), z=0.0, series="1.2.3", BitsStored=12, HighBit=15)
    assert read_instance(scanner.folder / "a.dcm").notes == ("values taken from bits 4 to 15 of each word",)
    scanner.slice("a.dcm", np.zeros((4, 6), np.uint16), z=0.0, series="1.2.3", BitsStored=12, HighBit=7)
    assert "HighBit 7 cannot hold values of 12 bits" in read_instance(scanner.folder / "a.dcm").notes[0]


def test_precision_is_read_from_the_stream():
    words = np.arange(256, dtype=np.uint16).reshape(16, 16)
    assert precision_of(imagecodecs.jpegls_encode(words * 256)) == 16
    assert precision_of(imagecodecs.jpeg2k_encode(words.astype(np.uint8), codecformat="jp2")) == 8
    assert precision_of(imagecodecs.ljpeg_encode(words * 15, bitspersample=12)) == 12
    assert precision_of(b"\xff\xd8\xff") is None
