"""How folders of NIfTI files are laid out, and what each layout gives of a case."""

import json

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.scans.nifti.layouts import find_layout
from lexiscope.sources.scans.nifti.volumes import stem_of
from lexiscope.sources.structures import Structure


def scan(path, shape=(2, 3, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(np.zeros(shape, np.int16), np.eye(4)), path)
    return path


def test_a_folder_a_case_with_modalities_and_masks(tmp_path):
    for name in ("p1/p1_flair.nii.gz", "p1/t1.nii", "p1/mask.nii.gz", "p2/flair.nii.gz"):
        scan(tmp_path / name)
    (tmp_path / "notes").mkdir()
    layout = find_layout(tmp_path)
    assert layout.names() == ["p1", "p2"]
    scans = layout.scans("p1")
    assert (sorted(scans.images), sorted(scans.masks), scans.rejected) == (["flair", "t1"], ["mask"], ())


def test_a_folder_within_is_found_when_it_is_the_only_one(tmp_path):
    scan(tmp_path / "cases" / "p1" / "flair.nii.gz")
    (tmp_path / "README.md").touch()
    assert find_layout(tmp_path).names() == ["p1"]
    (tmp_path / "other").mkdir()
    assert find_layout(tmp_path) is None


def test_images_beside_labels(tmp_path):
    for name in ("images/p1.nii.gz", "images/p2.nii", "labels/p1.nii.gz"):
        scan(tmp_path / name)
    layout = find_layout(tmp_path)
    assert layout.names() == ["p1", "p2"]
    assert (list(layout.scans("p1").images), list(layout.scans("p1").masks)) == (["image"], ["label"])
    assert list(layout.scans("p2").masks) == []


def decathlon(folder, **record):
    listed = {"training": [{"image": "./imagesTr/p1.nii.gz", "label": "./labelsTr/p1.nii.gz"}], **record}
    (folder / "dataset.json").write_text(json.dumps(listed))
    return find_layout(folder)


def test_the_decathlon_splits_the_fourth_axis(tmp_path):
    scan(tmp_path / "imagesTr" / "p1.nii.gz", (2, 3, 4, 2))
    scan(tmp_path / "labelsTr" / "p1.nii.gz")
    layout = decathlon(
        tmp_path, modality={"1": "T1", "0": "FLAIR"}, labels={"0": "background", "1": "tumour"}, licence="CC0"
    )
    scans = layout.scans("p1")
    assert (list(scans.images), list(scans.masks)) == (["flair", "t1"], ["label"])
    assert scans.licence == "CC0"
    assert scans.steps == ("fourth axis split into modalities",)
    assert layout.structures == (Structure("tumour", frozenset({1})),)


def test_a_missing_label_is_rejected_and_the_image_kept(tmp_path):
    scan(tmp_path / "imagesTr" / "p1.nii.gz")
    scans = decathlon(tmp_path).scans("p1")
    assert (list(scans.images), scans.masks, len(scans.rejected)) == (["image"], {}, 1)


def test_another_number_of_modalities_is_refused(tmp_path):
    scan(tmp_path / "imagesTr" / "p1.nii.gz")
    with pytest.raises(SourceError, match=r"p1\.nii\.gz has 1 channels, dataset\.json names 2 modalities"):
        decathlon(tmp_path, modality={"0": "a", "1": "b"}).scans("p1")


@pytest.mark.parametrize("text", ["{", "[]", '{"training": []}', '{"training": [3]}', '{"training": [{"label": "x"}]}'])
def test_a_damaged_list_is_wrong_use(tmp_path, text):
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(UsageError, match=r"is no MSD dataset\.json"):
        find_layout(tmp_path)


def test_other_folders_have_no_layout(tmp_path):
    assert find_layout(tmp_path) is None
    assert find_layout(tmp_path / "none") is None
    assert (stem_of("a.b.NII.GZ"), stem_of("a.nii")) == ("a.b", "a")
