"""Orientation tags of TIFF and EXIF are undone alike, in planes and in volumes."""

import numpy as np
import pytest
import tifffile
from PIL import Image as Picture

from lexiscope.sources.formats.upright import upright, upright_axes
from lexiscope.sources.pixels import read_header, read_pixels

PLANE = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_tiff_is_turned_as_a_png_is(tmp_path, orientation):
    exif = Picture.Exif()
    exif[274] = orientation
    Picture.fromarray(PLANE).save(tmp_path / "a.png", exif=exif)
    tags = [(274, "H", 1, orientation, True)]
    tifffile.imwrite(
        tmp_path / "a.tif", PLANE, extratags=tags, resolution=(1e6, 2e6), resolutionunit="CENTIMETER", metadata=None
    )
    expected = read_pixels(tmp_path / "a.png")
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif"), expected)
    header = read_header(tmp_path / "a.tif")
    assert header.shape == expected.shape[1:]
    assert header.spacing == pytest.approx((10, 5) if orientation >= 5 else (5, 10))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_volumes_are_turned_plane_by_plane(orientation):
    volume = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    turned = upright(volume, orientation)
    assert turned.shape == (2, *upright_axes((3, 4, 5), orientation))
    np.testing.assert_array_equal(turned[1, 2], upright(volume[1, 2], orientation))


@pytest.mark.parametrize("orientation", [0, 9, 65535, -1])
def test_what_is_no_orientation_changes_nothing(orientation):
    np.testing.assert_array_equal(upright(PLANE, orientation), PLANE)
