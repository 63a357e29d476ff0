"""Arrays become files that give the same values back, and the same bytes each time."""

import nibabel as nib
import numpy as np
import pytest

from lexiscope.sources.encode import plane_file, stack_file, volume_file
from lexiscope.sources.pixels import read_header, read_pixels

RNG = np.random.default_rng(0)


def written(folder, file):
    path = folder / f"a{file.origin.suffix}"
    path.write_bytes(file.origin.data)
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32])
def test_planes_come_back(tmp_path, dtype):
    values = RNG.integers(0, 200, (5, 7)).astype(dtype)
    file = plane_file(values, (0.5, 0.25), unit="nm")
    assert file.origin.suffix == (".png" if dtype in (np.uint8, np.uint16) else ".tif")
    assert (file.spacing, file.unit) == ((0.5, 0.25), "nm")
    np.testing.assert_array_equal(read_pixels(written(tmp_path, file))[0], values)
    assert plane_file(values, None).spacing is None
    assert plane_file(values, None).origin == plane_file(values.copy(), None).origin


def test_what_is_too_high_for_a_png_comes_back(tmp_path):
    values = np.ones((1_000_001, 1), np.uint8)
    np.testing.assert_array_equal(read_pixels(written(tmp_path, plane_file(values, None)))[0], values)


def test_colours_come_back(tmp_path):
    values = RNG.integers(0, 256, (5, 7, 3)).astype(np.uint8)
    found = read_pixels(written(tmp_path, plane_file(values, None)))
    np.testing.assert_array_equal(found, np.moveaxis(values, -1, 0))


def test_a_volume_keeps_its_affine_and_a_stack_its_pages(tmp_path):
    values = RNG.integers(-50, 50, (4, 5, 6)).astype(np.int16)
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    path = written(tmp_path, volume_file(values, affine))
    np.testing.assert_allclose(nib.load(path).affine, affine)
    np.testing.assert_array_equal(read_pixels(path)[0], values)
    assert read_header(path).spacing == (4.0, 3.0, 2.0)
    assert volume_file(values, affine) == volume_file(values, affine)
    stack = stack_file(values.astype(np.uint16), (3.0, 2.0, 2.0), unit="nm")
    np.testing.assert_array_equal(read_pixels(written(tmp_path, stack))[0], values.astype(np.uint16))
