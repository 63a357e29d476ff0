"""Pictures upright, on white and in grey or RGB, whatever their file says in its own way."""

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.sources.formats.raster import header, on_white, peek, pixels

RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, turn):
    exif = Pillow.Exif()
    exif[0x0112] = turn
    Pillow.fromarray(RGB).save(tmp_path / "a.png", exif=exif)
    from PIL import ImageOps

    with Pillow.open(tmp_path / "a.png") as image:
        upright = np.moveaxis(np.asarray(ImageOps.exif_transpose(image)), -1, 0)
    found = pixels(tmp_path / "a.png", "png")
    np.testing.assert_array_equal(found, upright)
    assert header(tmp_path / "a.png", "png").shape == found.shape[1:]


@pytest.mark.parametrize(
    ("mode", "channels", "bits"), [("1", 1, 8), ("L", 1, 8), ("I;16", 1, 16), ("P", 3, 8), ("RGBA", 3, 8), ("LA", 1, 8)]
)
def test_modes_become_grey_or_rgb(tmp_path, mode, channels, bits):
    image = Pillow.fromarray(RGB[..., 0].astype(np.uint16)) if mode == "I;16" else Pillow.fromarray(RGB).convert(mode)
    image.save(tmp_path / "a.png")
    read, found = header(tmp_path / "a.png", "png"), pixels(tmp_path / "a.png", "png")
    assert (read.channels, read.bits) == (channels, bits)
    assert found.shape == (channels, 20, 30)
    assert found.dtype.itemsize * 8 == bits


def test_what_is_transparent_lies_on_white(tmp_path):
    values = np.dstack([RGB, np.where(np.arange(30) < 15, 255, 0).astype(np.uint8) * np.ones((20, 1), np.uint8)])
    Pillow.fromarray(values).save(tmp_path / "a.png")
    found = pixels(tmp_path / "a.png", "png")
    np.testing.assert_array_equal(found[:, :, :15], np.moveaxis(RGB, -1, 0)[:, :, :15])
    assert (found[:, :, 15:] == 255).all()
    assert on_white(np.array([[[0]]], np.uint8), np.array([[128]], np.uint8)).tolist() == [[[127]]]


def test_peeking_shrinks_a_large_jpeg_and_keeps_its_look(tmp_path):
    y, x = np.mgrid[:1024, :2048]
    Pillow.fromarray(((x + y) % 256).astype(np.uint8)).save(tmp_path / "a.jpg", quality=95)
    small = peek(tmp_path / "a.jpg", "jpeg")
    assert small.shape == (1, 128, 256)
    whole = pixels(tmp_path / "a.jpg", "jpeg").astype(float)
    np.testing.assert_allclose(small[0], whole[0].reshape(128, 8, 256, 8).mean(axis=(1, 3)), atol=12)
