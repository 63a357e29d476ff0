import nibabel as nib
import numpy as np
import pytest
import tifffile

from lexiscope.core.errors import UsageError
from lexiscope.serve.pictures.decoded import decode
from lexiscope.serve.pictures.slices import slice_picture


def _bright(shown):
    """Where a picture is bright: "top left" and so on."""
    rows, columns = np.nonzero(shown > 128)
    height, width = shown.shape
    return f"{'top' if rows.mean() < height / 2 else 'bottom'} {'left' if columns.mean() < width / 2 else 'right'}"


@pytest.mark.parametrize(
    ("axis", "index", "where", "sides"),
    [
        ("z", 5, "top left", "left=R, right=L, top=A, bottom=P"),
        ("y", 9, "top left", "left=R, right=L, top=S, bottom=I"),
        ("x", 7, "top left", "left=A, right=P, top=S, bottom=I"),
    ],
)
def test_slices_are_radiological_whatever_the_orientation_of_the_file(marked_head, read_png, axis, index, where, sides):
    shown = slice_picture(decode(marked_head()), axis=axis, index=index)
    assert _bright(read_png(shown.data)) == where
    assert str(shown.sides) == sides


@pytest.mark.parametrize(("axis", "index"), [("z", 0), ("y", 0), ("x", 0)])
def test_indices_count_from_feet_back_and_left(marked_head, read_png, axis, index):
    assert read_png(slice_picture(decode(marked_head()), axis=axis, index=index).data).max() == 0


def test_a_pixel_is_as_long_as_it_is_wide(marked_head, read_png):
    image = decode(marked_head())
    assert image.spacing == (4, 2, 2)
    assert read_png(slice_picture(image, axis="z").data).shape == (10, 8)
    assert read_png(slice_picture(image, axis="y").data).shape == (12, 8)
    assert read_png(slice_picture(image, axis="x", size=100).data).shape == (100, 83)


def test_no_sides_are_claimed_where_the_file_states_none(marked_head):
    image = decode(marked_head(sform=0, qform=0))
    assert image.affine is None
    assert slice_picture(image).sides is None
    assert decode(marked_head(sform=0, qform=1)).affine is not None


def test_stacks_of_a_microscope_are_shown_as_they_are_stored(tmp_path, read_png):
    stack = np.zeros((4, 6, 8), np.uint16)
    stack[1, :3, :4] = 900
    tifffile.imwrite(tmp_path / "stack.tif", stack, metadata={"axes": "ZYX"})
    shown = slice_picture(decode(tmp_path / "stack.tif"), index=1)
    assert _bright(read_png(shown.data)) == "top left"
    assert shown.sides is None


def test_the_window_is_chosen_or_the_usual_one(tmp_path, read_png):
    values = np.tile(np.arange(101, dtype=np.float32), (3, 101, 1)).transpose(2, 1, 0)
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "ramp.nii")
    image = decode(tmp_path / "ramp.nii")
    assert image.window() == (1, 99)
    usual = read_png(slice_picture(image).data)[0]  # the patient's right, which is brightest, on the left
    chosen = read_png(slice_picture(image, low=40, high=60).data)[0]
    assert (usual[0], usual[50], usual[100]) == (255, 128, 0)
    assert (chosen[41], chosen[50], chosen[59]) == (242, 128, 13)


def test_what_is_no_number_is_black(tmp_path, read_png):
    values = np.full((4, 4, 2), 5, np.float32)
    values[0], values[1], values[2] = np.nan, np.inf, 0
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "gaps.nii")
    image = decode(tmp_path / "gaps.nii")
    assert read_png(slice_picture(image, low=0, high=10).data)[0].tolist() == [128, 0, 255, 0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"axis": "w"}, "axis must be one of z, y, x"),
        ({"index": 6}, "slices across z go from 0 to 5, got 6"),
        ({"index": -1}, "slices across z go from 0 to 5, got -1"),
        ({"channel": 1}, "channels 0 to 0, got 1"),
        ({"low": 5, "high": 5}, "low below high, got low=5 and high=5"),
        ({"low": float("nan")}, "two finite numbers"),
        ({"size": 10**6}, "size must be 8 to 4096"),
    ],
)
def test_what_cannot_be_shown_is_refused(marked_head, asked, said):
    with pytest.raises(UsageError, match=said):
        slice_picture(decode(marked_head()), **asked)


def test_a_file_that_is_a_thousand_times_as_long_as_wide_gives_no_giant(tmp_path, read_png):
    nib.save(nib.Nifti1Image(np.zeros((4, 4, 9), np.uint8), np.diag([1e-6, 1, 1, 1])), tmp_path / "thin.nii")
    assert max(read_png(slice_picture(decode(tmp_path / "thin.nii")).data).shape) <= 4096
