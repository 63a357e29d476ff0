"""Pixel sizes of TIFF: units of each axis, each image of a file, and page settings that are none."""

import numpy as np
import pytest
import tifffile

from lexiscope.sources.formats.tiff import read_tiff_image
from lexiscope.sources.pixels import read_header

VOLUME = np.zeros((5, 8, 9), np.uint8)


def imagej(path, values, *, per_unit, **metadata):
    tifffile.imwrite(path, values, imagej=True, resolution=(per_unit, per_unit), metadata=metadata)
    return read_header(path).spacing


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"unit": "nm", "zunit": "micron", "spacing": 0.025}, (25.0, 16.5, 16.5)),
        ({"unit": "micron", "zunit": "nm", "spacing": 300}, (300.0, 16500.0, 16500.0)),
        ({"unit": "nm", "spacing": 40}, (40.0, 16.5, 16.5)),
        ({"unit": "nm", "yunit": "micron", "spacing": 40}, (40.0, 16500.0, 16.5)),
        ({"unit": "nm", "zunit": "sec", "spacing": 2}, None),
    ],
)
def test_imagej_has_a_unit_for_each_axis(tmp_path, metadata, expected):
    found = imagej(tmp_path / "a.tif", VOLUME, per_unit=1 / 16.5, axes="ZYX", **metadata)
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-4))


@pytest.mark.parametrize(
    ("unit", "per_unit", "expected"),
    [
        ("inch", 72, None),
        ("inch", 300, None),
        ("inch", 96.012, None),
        ("cm", 72 / 2.54, None),
        ("cm", 300 / 2.54, None),
        ("cm", 37, 1e7 / 37),  # a ruler in the picture
        ("inch", 50_000, 508.0),
        ("micron", 10, 100.0),
        ("pixel", 1, None),
    ],
)
def test_page_settings_are_no_pixel_size(tmp_path, unit, per_unit, expected):
    found = imagej(tmp_path / "a.tif", VOLUME[0], per_unit=per_unit, unit=unit)
    assert found == (None if expected is None else pytest.approx((expected, expected), rel=1e-3))


def test_each_image_of_an_ome_file_has_its_own_pixel_size(tmp_path):
    sizes = {"overview": (0.5, "µm", 500.0), "detail": (20, "nm", 20.0), "third": (3, "mm", 3e6)}
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as file:
        for number, (name, (size, unit, _)) in enumerate(sizes.items()):
            physical = {f"PhysicalSize{axis}{end}": v for axis in "XY" for end, v in (("", size), ("Unit", unit))}
            file.write(np.zeros((16 + number, 20), np.uint8), metadata={"axes": "YX", "Name": name, **physical})
    for number, (_, _, expected) in enumerate(sizes.values()):
        header, pixels = read_tiff_image(tmp_path / "a.ome.tif", number)
        assert header.spacing == pytest.approx((expected, expected))
        assert pixels.shape == (1, 16 + number, 20)


def test_a_size_of_the_plane_alone_is_said_to_be_left_out(tmp_path):
    assert imagej(tmp_path / "a.tif", VOLUME, per_unit=1 / 16.5, axes="ZYX", unit="nm") is None
    assert read_header(tmp_path / "a.tif").notes == (
        "pixels of 16.5 x 16.5 nm were left out, as no size along z is stated",
    )
