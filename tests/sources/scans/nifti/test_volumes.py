"""Scans that nibabel converts: FreeSurfer's MGH, pairs of Analyze and NIfTI-1."""

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources import Unread
from lexiscope.sources.pixels import read_header, read_pixels
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.sources.scans.nifti.volumes import read_volume
from lexiscope.testing.sources import check_drafts

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
AFFINE = np.array([[0, -2.0, 0, 5], [0, 0, 3, 6], [1.5, 0, 0, 7], [0, 0, 0, 1]])


def written(volume, folder):
    path = folder / "out.nii.gz"
    path.write_bytes(volume.image.origin.data)
    return path


@pytest.mark.parametrize(
    ("name", "kind", "dtype"),
    [
        ("t1.mgz", nib.MGHImage, np.int16),
        ("t1.mgh", nib.MGHImage, np.float32),
        ("t1.hdr", nib.Nifti1Pair, np.int16),
        ("t1.hdr", nib.Nifti1Pair, np.uint8),
    ],
)
def test_values_and_place_are_those_that_nibabel_reads(tmp_path, name, kind, dtype):
    image = kind(VALUES.astype(dtype), AFFINE)
    nib.save(image, tmp_path / name)
    path = written(read_volume(tmp_path, name), tmp_path)
    expected = nib.as_closest_canonical(image)
    assert read_pixels(path).dtype == dtype
    np.testing.assert_array_equal(read_pixels(path)[0], np.asarray(expected.dataobj).T)
    np.testing.assert_allclose(nib.as_closest_canonical(nib.load(path)).affine, expected.affine, atol=1e-4)
    np.testing.assert_allclose(read_header(path).spacing, (1.5, 3, 2), rtol=1e-5)


def test_analyze_states_no_orientation_and_that_is_said(tmp_path):
    nib.save(nib.AnalyzeImage(VALUES, np.diag([-1.0, 1, 2, 1])), tmp_path / "t1.hdr")
    volume = read_volume(tmp_path, "t1.hdr")
    assert volume.steps[1] == "Analyze states no orientation: taken as radiological (x from right to left)"
    np.testing.assert_array_equal(read_pixels(written(volume, tmp_path))[0], VALUES[::-1].T)


def test_a_scaled_pair_gives_its_values(tmp_path):
    image = nib.Nifti1Pair(VALUES, AFFINE)
    image.header.set_slope_inter(0.5, 10)
    nib.save(image, tmp_path / "t1.hdr")
    expected = np.asarray(nib.as_closest_canonical(nib.load(tmp_path / "t1.hdr")).dataobj).T
    np.testing.assert_allclose(read_pixels(written(read_volume(tmp_path, "t1.hdr"), tmp_path))[0], expected)


@pytest.mark.parametrize("data", [b"", b"noise", bytes(400), bytes(range(256)) * 4])
@pytest.mark.parametrize("name", ["a.mgz", "a.mgh", "a.hdr"])
def test_damaged_files_are_refused_by_name(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    (tmp_path / "a.img").write_bytes(data)
    with pytest.raises(SourceError, match=name.replace(".", r"\.")):
        read_volume(tmp_path, name)


def test_half_a_pair_and_a_series_are_refused(tmp_path):
    nib.save(nib.Nifti1Pair(VALUES, AFFINE), tmp_path / "t1.hdr")
    (tmp_path / "t1.img").unlink()
    with pytest.raises(SourceError, match=r"t1\.hdr has no \.img"):
        read_volume(tmp_path, "t1.hdr")
    nib.save(nib.MGHImage(np.zeros((2, 3, 4, 5), np.int16), AFFINE), tmp_path / "bold.mgz")
    with pytest.raises(SourceError, match="holds one moment"):
        read_volume(tmp_path, "bold.mgz")


def test_every_file_of_a_case_folder_is_used_or_listed(tmp_path):
    for name in ("p1", "p2"):
        (tmp_path / name).mkdir()
        nib.save(nib.Nifti1Image(VALUES, AFFINE), tmp_path / name / "flair.nii.gz")
        nib.save(nib.Nifti1Pair(VALUES, AFFINE), tmp_path / name / "t1.hdr")
        nib.save(nib.MGHImage(VALUES, AFFINE), tmp_path / name / "t2.mgz")
        (tmp_path / name / "lesion_mask.xyz").touch()
        (tmp_path / name / "ct.mnc").touch()
    first, _ = check_drafts(NiftiSource(tmp_path), accepted=2)
    assert sorted(first.images) == ["flair", "t1", "t2"]
    unread = [item.path for item in NiftiSource(tmp_path).drafts() if isinstance(item, Unread)]
    assert unread == [str(tmp_path / name / "ct.mnc") for name in ("p1", "p2")]
