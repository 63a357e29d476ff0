"""Pixel sizes from those who write them, and none where none is stated."""

import numpy as np
import pytest
import tifffile

from lexiscope.sources.formats.tiff_spacing import read_spacing

GREY = np.zeros((20, 30), np.uint8)


def spacing(path, values=GREY, axes=2, **options):
    tifffile.imwrite(path, values, **options)
    with tifffile.TiffFile(path) as file:
        return read_spacing(file, axes)


@pytest.mark.parametrize(("unit", "factor"), [("nm", 1.0), ("µm", 1e3), ("mm", 1e6), ("Å", 0.1)])
def test_ome_states_size_and_unit(tmp_path, unit, factor):
    metadata = {"axes": "YX", "PhysicalSizeX": 2.0, "PhysicalSizeXUnit": unit, "PhysicalSizeY": 3.0}
    metadata["PhysicalSizeYUnit"] = unit
    assert spacing(tmp_path / "a.ome.tif", metadata=metadata) == pytest.approx((3.0 * factor, 2.0 * factor))


def test_micrometres_are_the_default_of_ome(tmp_path):
    metadata = {"axes": "YX", "PhysicalSizeX": 2.0, "PhysicalSizeY": 3.0}
    assert spacing(tmp_path / "a.ome.tif", metadata=metadata) == pytest.approx((3000.0, 2000.0))


def test_a_volume_needs_all_three(tmp_path):
    metadata = {"axes": "ZYX", "PhysicalSizeX": 2.0, "PhysicalSizeY": 3.0}
    volume = np.zeros((4, 20, 30), np.uint8)
    assert spacing(tmp_path / "a.ome.tif", volume, 3, metadata=metadata) is None
    assert spacing(tmp_path / "b.ome.tif", volume, 3, metadata={**metadata, "PhysicalSizeZ": 5.0})[0] == 5000.0


def test_imagej_states_pixels_for_each_unit(tmp_path):
    stack = np.zeros((4, 20, 30), np.uint8)
    options = {"imagej": True, "resolution": (2.0, 4.0), "metadata": {"unit": "um", "spacing": 3.0, "axes": "ZYX"}}
    assert spacing(tmp_path / "a.tif", stack, 3, **options) == pytest.approx((3000.0, 250.0, 500.0))


@pytest.mark.parametrize(
    ("dots", "unit", "expected"),
    [((1e7, 1e7), "CENTIMETER", (1.0, 1.0)), ((300, 300), "INCH", None), ((1e7, 1e7), "NONE", None)],
)
def test_resolution_counts_only_when_it_is_too_fine_for_print(tmp_path, dots, unit, expected):
    found = spacing(tmp_path / "a.tif", resolution=dots, resolutionunit=unit)
    assert found == (None if expected is None else pytest.approx(expected))


def test_nothing_stated_is_nothing_known(tmp_path):
    assert spacing(tmp_path / "a.tif") is None
