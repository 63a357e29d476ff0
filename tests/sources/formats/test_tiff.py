"""TIFF files: axes, colours and palettes, and what is refused."""

import numpy as np
import pytest
import tifffile

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.tiff import header, pixels

GREY = np.arange(600, dtype=np.uint16).reshape(20, 30)
RNG = np.random.default_rng(0)


def save(path, values, **options):
    tifffile.imwrite(path, values, **options)
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32, np.float64])
def test_values_are_as_stored(tmp_path, dtype):
    path = save(tmp_path / "a.tif", GREY.astype(dtype))
    found = pixels(path, "tiff")
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[0], GREY.astype(dtype))
    read = header(path, "tiff")
    assert (read.shape, read.channels, read.bits) == ((20, 30), 1, np.dtype(dtype).itemsize * 8)


@pytest.mark.parametrize(
    ("axes", "shape", "expected"),
    [("ZYX", (3, 20, 30), (1, 3, 20, 30)), ("CYX", (4, 20, 30), (4, 20, 30)), ("ZCYX", (3, 2, 20, 30), (2, 3, 20, 30))],
)
def test_axes_come_as_channels_z_y_x(tmp_path, axes, shape, expected):
    values = RNG.integers(0, 1000, shape).astype(np.uint16)
    path = save(tmp_path / "a.ome.tif", values, metadata={"axes": axes}, photometric="minisblack")
    found = pixels(path, "tiff")
    assert found.shape == expected
    order = [axes.index(axis) for axis in "CZYX" if axis in axes]
    np.testing.assert_array_equal(found, values.transpose(order).reshape(expected))


def test_colours_palettes_and_inverted_grey(tmp_path):
    rgb = RNG.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    path = save(tmp_path / "rgb.tif", rgb, photometric="rgb")
    np.testing.assert_array_equal(pixels(path, "tiff"), np.moveaxis(rgb, -1, 0))
    grey = GREY.astype(np.uint8)
    path = save(tmp_path / "white.tif", grey, photometric="miniswhite")
    np.testing.assert_array_equal(pixels(path, "tiff")[0], 255 - grey)
    colours = RNG.integers(0, 2**16, (3, 256)).astype(np.uint16)
    path = save(tmp_path / "palette.tif", grey, photometric="palette", colormap=colours)
    np.testing.assert_array_equal(pixels(path, "tiff"), (colours >> 8).astype(np.uint8)[:, grey])
    assert header(path, "tiff").channels == 3
    grey_map = np.tile(np.arange(256, dtype=np.uint16) << 8, (3, 1))
    path = save(tmp_path / "grey.tif", grey, photometric="palette", colormap=grey_map)
    np.testing.assert_array_equal(pixels(path, "tiff"), grey[None])


def test_black_ink_darkens(tmp_path):
    inks = np.zeros((4, 20, 30), np.uint8)
    inks[0, :, :10], inks[3, :, 20:] = 255, 255
    path = save(tmp_path / "a.tif", inks, photometric="separated", planarconfig="separate")
    found = pixels(path, "tiff")
    assert found[:, 0, 0].tolist() == [0, 255, 255]
    assert found[:, 0, 15].tolist() == [255, 255, 255]
    assert found[:, 0, 25].tolist() == [0, 0, 0]


def test_time_series_and_complex_values_are_refused(tmp_path):
    path = save(tmp_path / "a.ome.tif", np.zeros((3, 4, 20, 30), np.uint8), metadata={"axes": "TZYX"})
    with pytest.raises(SourceError, match="expected a plane or one stack with channels, got TIFF axes TZYX"):
        header(path, "tiff")
    with pytest.raises(SourceError, match="expected real pixel values, got complex64"):
        header(save(tmp_path / "b.tif", np.zeros((20, 30), np.complex64)), "tiff")


def test_a_truncated_file_is_not_filled_with_black(tmp_path):
    path = save(tmp_path / "a.tif", GREY)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SourceError, match="the TIFF is truncated"):
        pixels(path, "tiff")
