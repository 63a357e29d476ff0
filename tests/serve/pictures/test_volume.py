import nibabel as nib
import numpy as np
import pytest
import tifffile

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.files import sha256_file
from lexiscope.core.image import Image
from lexiscope.serve.pictures.disk import Disk
from lexiscope.serve.pictures.volume import display_volume


def _display(path, folder, **options):
    return display_volume(path, content=sha256_file(path), disk=Disk(folder), **options)


def test_a_scan_within_the_limit_is_the_file_itself(marked_head, tmp_path):
    path = marked_head()
    shown = _display(path, tmp_path / "made")
    assert (shown.path, shown.compressed, shown.factors) == (path, True, (1, 1, 1))
    assert not _display(marked_head("plain.nii"), tmp_path / "made").compressed
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("code", ["sform", "qform"])
def test_beyond_the_limit_the_finest_axes_are_downsampled_and_stay_in_place(tmp_path, code):
    turned = np.array([[0, -0.5, 0, 40], [0.5, 0, 0, -30], [0, 0, 3.0, 7], [0, 0, 0, 1]])
    values = np.random.default_rng(0).integers(-1000, 1000, (129, 128, 40), dtype=np.int16)
    image = nib.Nifti1Image(values, turned)
    image.header.set_xyzt_units("mm")
    image.set_sform(turned, code=int(code == "sform"))
    image.set_qform(turned, code=int(code == "qform"))
    nib.save(image, tmp_path / "big.nii.gz")
    shown = _display(tmp_path / "big.nii.gz", tmp_path / "made", limit_mb=1)
    assert shown.factors == (2, 1, 1)
    small = nib.load(shown.path)
    assert small.shape == (65, 128, 40)
    assert small.get_data_dtype() == np.int16
    means = (values[0:128:2].astype(float) + values[1:128:2]) / 2
    assert np.abs(np.asarray(small.dataobj)[:64] - means).max() <= 0.5
    assert np.array_equal(np.asarray(small.dataobj)[64], values[128])  # half a block is left
    middle = turned @ np.array([20.5, 7, 3, 1])  # between voxels 20 and 21
    assert np.allclose(small.affine @ np.array([10, 7, 3, 1]), middle, atol=1e-4)
    assert np.allclose(small.header.get_zooms(), (1.0, 0.5, 3.0), atol=1e-6)


def test_scaled_values_keep_their_slope_and_colours_their_fields(tmp_path):
    image = nib.Nifti1Image(np.full((100, 100, 60), 7, np.int16), np.eye(4))
    image.header.set_slope_inter(0.5, -3)
    (tmp_path / "a.nii").write_bytes(image.to_bytes())
    stored = nib.load(tmp_path / "a.nii")
    shown = nib.load(_display(tmp_path / "a.nii", tmp_path / "made", limit_mb=1).path)
    assert shown.get_fdata()[3, 3, 3] == stored.get_fdata()[3, 3, 3]
    colours = np.zeros((80, 80, 80), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["G"] = 9
    nib.save(nib.Nifti1Image(colours, np.eye(4)), tmp_path / "b.nii")
    shown = nib.load(_display(tmp_path / "b.nii", tmp_path / "made", limit_mb=1).path)
    assert np.asarray(shown.dataobj)[1, 1, 1].tolist() == (0, 9, 0)


def test_channels_stay_apart(tmp_path):
    values = np.zeros((80, 80, 60, 4), np.uint8)
    values[..., 2] = 50
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii")
    shown = nib.load(_display(tmp_path / "a.nii", tmp_path / "made", limit_mb=1).path)
    assert np.asarray(shown.dataobj).reshape(-1, 4).mean(axis=0).tolist() == [0, 0, 50, 0]


def test_a_mask_stays_a_mask(tmp_path):
    mask = np.zeros((128, 128, 90), np.uint8)
    mask[:41] = 1
    nib.save(nib.Nifti1Image(mask, np.eye(4)), tmp_path / "mask.nii.gz")
    shown = _display(tmp_path / "mask.nii.gz", tmp_path / "made", limit_mb=1)
    assert shown.factors == (2, 1, 1)
    assert np.unique(np.asarray(nib.load(shown.path).dataobj)).tolist() == [0, 1]


def test_a_stack_is_converted_with_the_spacing_that_the_corpus_knows(tmp_path):
    stack = np.zeros((3, 4, 5), np.uint16)
    stack[0, 0, 0] = 900
    tifffile.imwrite(tmp_path / "stack.tif", stack, metadata={"axes": "ZYX"})
    known = Image("0" * 64, "tem", "tiff", (3, 4, 5), bits=16, spacing=(40.0, 8.0, 8.0), unit="nm")
    shown = _display(tmp_path / "stack.tif", tmp_path / "made", known=known)
    image = nib.load(shown.path)
    assert np.allclose(image.header.get_zooms(), (0.008, 0.008, 0.04))
    assert image.header.get_xyzt_units()[0] == "micron"
    assert np.asarray(image.dataobj)[0, 0, 0] == 900
    assert nib.aff2axcodes(image.affine) == ("L", "P", "S")  # so row 0 is on top and column 0 on the left
    other = _display(tmp_path / "stack.tif", tmp_path / "made")
    assert other.path != shown.path
    assert nib.load(other.path).header.get_xyzt_units()[0] == "unknown"


def test_what_was_made_is_not_made_again(tmp_path):
    nib.save(nib.Nifti1Image(np.zeros((128, 128, 90), np.uint8), np.eye(4)), tmp_path / "a.nii.gz")
    first = _display(tmp_path / "a.nii.gz", tmp_path / "made", limit_mb=1)
    written = first.path.stat().st_ino
    assert _display(tmp_path / "a.nii.gz", tmp_path / "made", limit_mb=1).path.stat().st_ino == written


def test_planes_limits_and_damage_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8), np.uint8))
    with pytest.raises(UsageError, match="expected a volume, got a picture of shape"):
        _display(tmp_path / "a.tif", tmp_path / "made")
    whole = nib.Nifti1Image(np.zeros((128, 128, 90), np.uint8), np.eye(4)).to_bytes()
    (tmp_path / "cut.nii").write_bytes(whole[:5000])
    with pytest.raises(UsageError, match="limit_mb must be 1 to 2048, got 0"):
        _display(tmp_path / "cut.nii", tmp_path / "made", limit_mb=0)
    with pytest.raises(SourceError, match="truncated"):
        _display(tmp_path / "cut.nii", tmp_path / "made", limit_mb=1)
    assert not list((tmp_path / "made").rglob("*.gz"))
