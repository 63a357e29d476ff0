"""NIfTI files: channels taken apart, grids compared, orientation and units as stated."""

import gzip

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.nifti import grid_of, header, is_nifti, pixels, split_channels

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)  # x, y, z


def save(path, values=VALUES, affine=None, *, unit="mm", code=1, kind=nib.Nifti1Image):
    image = kind(values, np.diag([1.0, 2.0, 3.0, 1.0]) if affine is None else affine)
    image.header.set_xyzt_units(unit)
    image.set_sform(image.affine, code)
    image.set_qform(image.affine, code)
    nib.save(image, path)
    return path


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_axes_come_as_z_y_x(tmp_path, kind):
    path = save(tmp_path / "a.nii", kind=kind)
    assert is_nifti(path.read_bytes()[:4])
    np.testing.assert_array_equal(pixels(path, "nifti")[0], VALUES.T)
    read = header(path, "nifti")
    assert (read.shape, read.spacing, read.unit, read.bits) == ((4, 3, 2), (3.0, 2.0, 1.0), "mm", 16)


def test_flipped_and_turned_volumes_are_laid_along_ras(tmp_path):
    path = save(tmp_path / "a.nii", affine=np.diag([-1.0, 2.0, 3.0, 1.0]))
    np.testing.assert_array_equal(pixels(path, "nifti")[0], VALUES[::-1].T)
    turned = np.array([[0, 2.0, 0, 0], [1.0, 0, 0, 0], [0, 0, 3.0, 0], [0, 0, 0, 1]])
    path = save(tmp_path / "b.nii", affine=turned)
    np.testing.assert_array_equal(pixels(path, "nifti")[0], VALUES.transpose(1, 0, 2).T)
    assert header(path, "nifti").spacing == (3.0, 1.0, 2.0)


@pytest.mark.parametrize(
    ("unit", "code", "spacing"),
    [("meter", 1, 3000.0), ("micron", 1, 0.003), ("unknown", 1, 3.0), ("unknown", 0, None)],
)
def test_lengths_are_in_the_unit_of_the_header(tmp_path, unit, code, spacing):
    found = header(save(tmp_path / "a.nii", unit=unit, code=code), "nifti").spacing
    assert found is None if spacing is None else found[0] == pytest.approx(spacing)


def test_scaled_values_become_float(tmp_path):
    path = save(tmp_path / "a.nii")
    raw = bytearray(path.read_bytes())
    raw[112:120] = np.array([0.5, 10.0], "<f4").tobytes()  # scl_slope, scl_inter
    path.write_bytes(raw)
    found = pixels(path, "nifti")
    assert (found.dtype, header(path, "nifti").bits) == (np.float32, 32)
    np.testing.assert_allclose(found[0], VALUES.T * 0.5 + 10.0)


def test_channels_are_files_of_their_own_with_the_same_grid(tmp_path):
    values = np.stack([VALUES, VALUES * 2], axis=-1)
    path = save(tmp_path / "a.nii.gz", values)
    for number, data in enumerate(split_channels(path)):
        part = tmp_path / f"{number}.nii.gz"
        part.write_bytes(data)
        np.testing.assert_array_equal(pixels(part, "nifti")[0], values[..., number].T)
        np.testing.assert_allclose(grid_of(part)[1], grid_of(path)[1])
    assert list(split_channels(path)) == list(split_channels(path))


def test_series_complex_and_halves_are_refused(tmp_path):
    for values, reason in (
        (np.zeros((2, 2, 2, 20), np.int16), "at most 16 channels"),
        (np.zeros((2, 2, 2), np.complex64), "expected real voxel values"),
    ):
        with pytest.raises(SourceError, match=reason):
            header(save(tmp_path / "a.nii", values), "nifti")
    nib.save(nib.Nifti1Pair(VALUES, np.eye(4)), tmp_path / "b.hdr")
    with pytest.raises(SourceError, match=r"one half of an \.hdr/\.img pair"):
        header(tmp_path / "b.hdr", "nifti")


def test_a_truncated_file_says_how_much_is_missing(tmp_path):
    path = save(tmp_path / "a.nii")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SourceError, match="claims 48 bytes of voxels, found 38"):
        pixels(path, "nifti")


def test_a_damaged_header_has_no_grid(tmp_path):
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(b"\x5c\x01\0\0"))
    with pytest.raises(SourceError, match="the NIfTI is truncated: it ends within its header"):
        grid_of(tmp_path / "a.nii.gz")
    (tmp_path / "c.nii.gz").write_bytes(gzip.compress(bytes(400))[:-20])
    with pytest.raises(SourceError, match=r"c\.nii\.gz is a damaged NIfTI"):
        grid_of(tmp_path / "c.nii.gz")
    shape, affine = grid_of(save(tmp_path / "b.nii", VALUES[..., None]))
    assert shape == (2, 3, 4)
    np.testing.assert_allclose(affine, np.diag([1.0, 2.0, 3.0, 1.0]))
