"""Masks lie on the grid of an image, in whatever order their voxels are stored, or are refused."""

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.grid import Grid, grid_of_file, image_on_grid
from lexiscope.testing.drafts import picture, png

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
AFFINE = np.array([[2.0, 0, 0, -10], [0, 2, 0, -20], [0, 0, 3, -30], [0, 0, 0, 1]])


def grid(folder, values=VALUES, affine=AFFINE, name="a.nii.gz"):
    nib.save(nib.Nifti1Image(values, affine), folder / name)
    return grid_of_file(folder / name)


@given(st.sampled_from(["RAS", "LPS", "PSR", "ARI", "SAL"]))
def test_one_grid_stored_in_another_order_is_the_same(tmp_path_factory, axes):
    folder = tmp_path_factory.mktemp("scans")
    image = nib.Nifti1Image(VALUES, AFFINE)
    turn = nib.orientations.ornt_transform(
        nib.orientations.io_orientation(AFFINE), nib.orientations.axcodes2ornt(tuple(axes))
    )
    nib.save(image.as_reoriented(turn), folder / "turned.nii.gz")
    assert grid_of_file(folder / "turned.nii.gz").is_same(grid(folder))


@pytest.mark.parametrize("shift", [(0.5, 0, 0), (0, -2, 0), (0, 0, 300)])
def test_a_shifted_grid_is_another(tmp_path, shift):
    moved = AFFINE.copy()
    moved[:3, 3] += shift
    assert not grid(tmp_path).is_same(grid(tmp_path, affine=moved))


def test_rounding_of_affines_is_no_shift(tmp_path):
    rounded = AFFINE.copy()
    rounded[:3, :3] += 4e-3
    assert grid(tmp_path).is_same(grid(tmp_path, affine=rounded))


def test_another_shape_or_size_of_voxels_is_refused_with_both_grids(tmp_path):
    image = grid(tmp_path)
    with pytest.raises(SourceError, match=r"mask lesion has the grid \(8, 6, 4\) of 1 x 1 x 1 mm.*t1 \(4, 3, 2\) of 3"):
        image_on_grid(grid(tmp_path, np.zeros((4, 6, 8)), np.eye(4)), {"t1": image}, name="lesion")
    coarse = grid(tmp_path, affine=np.diag([2.0, 2, 3.5, 1]))
    assert not image.is_same(coarse)


def test_the_first_image_on_the_grid_is_named(tmp_path):
    image, other = grid(tmp_path), grid(tmp_path, np.zeros((5, 5, 5)), np.eye(4))
    assert image_on_grid(image, {"t1": other, "flair": image}, name="mask") == "flair"


def test_pictures_have_a_shape_and_no_place(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(picture(1)).origin.data)
    assert (grid_of_file(path).shape, grid_of_file(path).affine) == ((64, 64), None)
    assert grid_of_file(path).is_same(Grid((64, 64)))
