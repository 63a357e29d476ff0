"""Comments leave compressed streams, and the pixels stay."""

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from lexiscope.corpus.deidentify.comments import without_comments

PIXELS = (np.arange(64 * 64) % 251).astype(np.uint8).reshape(64, 64)
TEXT = b"Doe^Jane"


def commented(stream, marker, place):
    segment = bytes([0xFF, marker]) + (len(TEXT) + 2).to_bytes(2, "big") + TEXT
    return stream[:place] + segment + stream[place:]


@pytest.mark.parametrize("marker", [0xFE, 0xE1, 0xE0, 0xEE])
def test_jpeg_and_jpeg_ls(marker):
    for encode, decode in (
        (imagecodecs.jpegls_encode, imagecodecs.jpegls_decode),
        (imagecodecs.jpeg8_encode, imagecodecs.jpeg8_decode),
    ):
        plain = bytes(encode(PIXELS))
        assert TEXT not in without_comments(commented(plain, marker, 2))
        np.testing.assert_array_equal(decode(without_comments(commented(plain, marker, 2))), decode(plain))


@pytest.mark.parametrize("codec", ["j2k", "jp2"])
def test_jpeg_2000(codec):
    plain = bytes(imagecodecs.jpeg2k_encode(PIXELS, codecformat=codec, reversible=True, level=0))
    start = plain.index(b"\xff\x4f\xff\x51")
    stream = commented(plain, 0x64, start + 4 + int.from_bytes(plain[start + 4 : start + 6], "big"))
    assert TEXT in stream
    assert TEXT not in without_comments(stream)
    np.testing.assert_array_equal(imagecodecs.jpeg2k_decode(without_comments(stream)), PIXELS)


def test_colours_keep_what_says_how_they_are_meant(tmp_path):
    Image.fromarray(np.dstack([PIXELS] * 3)).save(tmp_path / "a.jpg", comment=TEXT)
    stream = (tmp_path / "a.jpg").read_bytes()
    assert b"JFIF" in without_comments(stream)
    assert TEXT not in without_comments(stream)


def test_other_bytes_stay():
    assert without_comments(b"\0\1 RLE") == b"\0\1 RLE"
    assert without_comments(b"\xff\xd8\xff") == b"\xff\xd8\xff"
