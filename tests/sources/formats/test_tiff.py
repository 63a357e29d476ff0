"""TIFF: min-is-white, opacity, several images, pyramids, and what is said of them."""

import numpy as np
import pytest
import tifffile

from lexiscope.core.errors import SourceError
from lexiscope.sources.pixels import read_header, read_pixels

RAMP = np.arange(24, dtype=np.float64).reshape(4, 6)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32"])
def test_min_is_white_is_inverted_whatever_the_type(tmp_path, dtype):
    values = RAMP.astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
    found = read_pixels(tmp_path / "a.tif")[0]
    assert found.dtype == dtype
    np.testing.assert_array_equal(np.diff(found.astype(float).ravel()), -1)
    if np.dtype(dtype).kind in "iu":
        ends = np.iinfo(dtype)
        np.testing.assert_array_equal(found.astype(float), float(ends.max) + float(ends.min) - RAMP)
    assert read_header(tmp_path / "a.tif").notes == ("min-is-white, inverted",)


def test_fewer_bits_than_a_byte_are_inverted_within_their_range(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", (RAMP % 16).astype(np.uint8), photometric="miniswhite", bitspersample=4)
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif")[0], 15 - RAMP % 16)
    bits = RAMP.astype(int) % 2 == 0
    tifffile.imwrite(tmp_path / "b.tif", bits, photometric="miniswhite")
    np.testing.assert_array_equal(read_pixels(tmp_path / "b.tif")[0], np.where(bits, 0, 255))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_premultiplied_colours_lie_on_white_once(tmp_path, dtype):
    most = np.iinfo(dtype).max
    colour = np.full((4, 6, 3), 0.4 * most)
    opacity = np.linspace(0, 1, 24).reshape(4, 6, 1)
    expected = np.moveaxis(colour * opacity + most * (1 - opacity), -1, 0)
    layers = {
        "assocalpha": np.concatenate([colour * opacity, most * opacity], -1),
        "unassalpha": np.concatenate([colour, most * opacity], -1),
    }
    for kind, values in layers.items():
        path = tmp_path / f"{kind}.tif"
        tifffile.imwrite(path, np.rint(values).astype(dtype), photometric="rgb", extrasamples=[kind])
        np.testing.assert_allclose(read_pixels(path).astype(float), expected, atol=most / 255)


def test_other_images_of_a_file_are_said(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as file:
        for name, size in (("overview", 16), ("detail", 64)):
            file.write(np.zeros((size, size), np.uint8), metadata={"axes": "YX", "Name": name})
    header = read_header(tmp_path / "a.ome.tif")
    assert header.shape == (16, 16)
    assert header.notes == ("the first of 2 images of the file; the others (detail) were left out",)


@pytest.mark.parametrize("how", ["subifds", "flagged", "silent"])
def test_levels_of_a_pyramid_are_no_images_of_their_own(tmp_path, how):
    whole = np.arange(64 * 96, dtype=np.uint16).reshape(64, 96)
    smaller = [whole[::step, ::step] for step in (2, 4)]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(whole, metadata=None, subifds=2 if how == "subifds" else None)
        for level in smaller:
            file.write(level, metadata=None, subfiletype=0 if how == "silent" else 1)
    assert read_header(tmp_path / "a.tif").notes == ()
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif")[0], whole)


def test_images_of_other_sizes_are_said(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for shape in ((64, 96), (50, 50), (48, 96)):
            file.write(np.zeros(shape, np.uint8), metadata=None)
    assert read_header(tmp_path / "a.tif").notes == ("the first of 3 images of the file; the others were left out",)


@pytest.mark.parametrize(("photometric", "name"), [("cielab", "CIELAB"), ("ycbcr", "YCBCR"), ("icclab", "ICCLAB")])
def test_colours_that_are_no_rgb_are_refused(tmp_path, photometric, name):
    values = np.zeros((8, 9, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=photometric, metadata=None)
    with pytest.raises(SourceError, match=f"expected grey values or colours in RGB, got {name}"):
        read_pixels(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", values, photometric="ycbcr", compression="jpeg", metadata=None)
    assert read_pixels(tmp_path / "b.tif").shape == (3, 8, 9)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_strips_that_are_not_listed_are_missed(tmp_path, compression):
    """tifffile would give zeros for them, a million of them from a file of a few hundred bytes."""
    tifffile.imwrite(tmp_path / "a.tif", RAMP.astype(np.uint8), rowsperstrip=4, compression=compression)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        file.pages[0].tags["ImageLength"].overwrite(400)
    with pytest.raises(SourceError, match="expected 100 strips or tiles of pixels"):
        read_pixels(tmp_path / "a.tif")


def test_one_strip_that_holds_what_several_should_is_read(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", RAMP.astype(np.uint8), rowsperstrip=4)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        file.pages[0].tags["RowsPerStrip"].overwrite(1)
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif")[0], RAMP)
