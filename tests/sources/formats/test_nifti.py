"""NIfTI files: channels taken apart, grids compared, orientation and units as stated."""

import gzip

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.nifti import (
    canonical_grid,
    header,
    is_nifti,
    pixels,
    read_volume_values,
    refuse_series,
    split_channels,
    volume_header,
)

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
        np.testing.assert_allclose(canonical_grid(part)[1], canonical_grid(path)[1])
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
        canonical_grid(tmp_path / "a.nii.gz")
    (tmp_path / "c.nii.gz").write_bytes(gzip.compress(bytes(400))[:-20])
    with pytest.raises(SourceError, match=r"c\.nii\.gz is a damaged NIfTI"):
        canonical_grid(tmp_path / "c.nii.gz")
    shape, affine = canonical_grid(save(tmp_path / "b.nii", VALUES[..., None]))
    assert shape == (4, 3, 2)
    np.testing.assert_allclose(affine, np.diag([1.0, 2.0, 3.0, 1.0]))


def with_codes(path, *, sform=None, qform=None, values=VALUES):
    image = nib.Nifti1Image(values, np.eye(4))
    image.header.set_qform(qform, code=0 if qform is None else 1)
    image.header.set_sform(sform, code=0 if sform is None else 1)
    for code, affine in (("qform_code", qform), ("sform_code", sform)):
        image.header[code] = 0 if affine is None else 1
    if sform is not None:
        for row, name in zip(sform, ("srow_x", "srow_y", "srow_z"), strict=False):
            image.header[name] = row
    image.header["vox_offset"] = 352
    raw = image.header.binaryblock + bytes(4) + np.asarray(values).tobytes(order="F")
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("void", [np.zeros((3, 4)), np.full((3, 4), np.nan), np.diag([1.0, 1, 0, 1])[:3]])
def test_a_void_sform_yields_to_a_sound_qform_and_that_is_noted(tmp_path, void):
    turned = np.array([[0, 2.0, 0, 5], [-3, 0, 0, 6], [0, 0, 4, 7], [0, 0, 0, 1]])
    path = with_codes(tmp_path / "a.nii", sform=void, qform=turned)
    found = header(path, "nifti")
    assert found.notes == ("the sform is void, so the orientation is that of the qform",)
    np.testing.assert_allclose(found.spacing, (4, 3, 2), rtol=1e-5)
    expected = nib.as_closest_canonical(nib.Nifti1Image(VALUES, turned))
    np.testing.assert_array_equal(pixels(path, "nifti")[0], np.asarray(expected.dataobj).T)
    np.testing.assert_allclose(canonical_grid(path)[1], expected.affine, atol=1e-4)


def test_a_void_sform_alone_is_refused(tmp_path):
    with pytest.raises(SourceError, match="singular or not finite"):
        header(with_codes(tmp_path / "a.nii", sform=np.zeros((3, 4))), "nifti")


@given(st.permutations(range(3)), st.tuples(*[st.sampled_from([-1, 1])] * 3), st.floats(-0.6, 0.6))
def test_oblique_and_left_handed_scans_lie_as_nibabel_lays_them(tmp_path_factory, order, signs, angle):
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ (np.eye(3)[list(order)] * np.array(signs) * np.array([1.0, 2.0, 3.0]))
    affine[:3, 3] = 4, 5, 6
    path = save(tmp_path_factory.mktemp("scan") / "a.nii", VALUES, affine)
    expected = nib.as_closest_canonical(nib.Nifti1Image(VALUES, affine))
    np.testing.assert_array_equal(pixels(path, "nifti")[0], np.asarray(expected.dataobj).T)
    np.testing.assert_allclose(canonical_grid(path)[1], expected.affine, atol=1e-5)
    assert header(path, "nifti").notes == ()


def test_series_of_any_length_are_refused_where_no_channels_are_declared(tmp_path):
    refuse_series(save(tmp_path / "a.nii", VALUES[..., None]))
    for volumes in (2, 7, 30):
        with pytest.raises(SourceError, match="and a case holds one moment"):
            refuse_series(save(tmp_path / "b.nii", np.zeros((2, 3, 4, volumes), np.int16)))


@pytest.mark.parametrize("dtype", [np.int16, np.float64])
@pytest.mark.parametrize("slope", [1.0, 0.5])
def test_a_header_cannot_claim_more_memory_than_is_free(dtype, slope, tmp_path, monkeypatch):
    path = tmp_path / "a.nii"
    image = nib.Nifti1Image(np.zeros((8, 8, 8), dtype), np.eye(4))
    image.header.set_slope_inter(slope, 0)
    nib.save(image, path)
    assert pixels(path, "nifti").shape == (1, 8, 8, 8)
    monkeypatch.setattr("lexiscope.sources.formats.header.free_bytes", lambda: 4 * 8**3 * np.dtype(dtype).itemsize - 1)
    with pytest.raises(SourceError, match=r"claims [\d,]+ bytes of values; at most .* fit here now"):
        pixels(path, "nifti")


@pytest.mark.parametrize("qfac", [0, 0.5])
def test_a_qfac_that_is_none_is_read_as_one(tmp_path, qfac):
    path = with_codes(tmp_path / "a.nii", qform=np.diag([2.0, 2, 3, 1]))
    data = bytearray(path.read_bytes())
    data[76:80] = np.float32(qfac).tobytes()
    path.write_bytes(bytes(data))
    assert header(path, "nifti").spacing == (3.0, 2.0, 2.0)


@pytest.mark.parametrize(("code", "spacing"), [(2 | 0x40, (3.0, 2.0, 1.0)), (1, (3000.0, 2000.0, 1000.0))])
def test_the_unit_of_length_counts_whatever_is_said_of_time(tmp_path, code, spacing):
    path = _with_units(tmp_path / "a.nii", code)
    assert header(path, "nifti").spacing == spacing
    assert read_volume_values(path)[1].shape == (2, 3, 4)


def test_a_unit_that_nobody_knows_is_refused_with_a_remedy(tmp_path):
    path = _with_units(tmp_path / "a.nii", 5)
    for read in (volume_header, read_volume_values):
        with pytest.raises(SourceError, match=r"expected a unit of length .* got the code 5") as refused:
            read(path)
        assert "set_xyzt_units" in refused.value.remedy


def test_a_type_that_nobody_knows_is_refused_wherever_a_header_is_read(tmp_path):
    data = bytearray(save(tmp_path / "a.nii").read_bytes())
    data[70:72] = (4095).to_bytes(2, "little")  # datatype
    (tmp_path / "b.nii").write_bytes(data)
    for read in (volume_header, read_volume_values):
        with pytest.raises(SourceError, match=r"b\.nii is a damaged NIfTI"):
            read(tmp_path / "b.nii")


def _with_units(path, code):
    data = bytearray(save(path).read_bytes())
    data[123] = code  # xyzt_units
    path.write_bytes(data)
    return path
