"""Scans two folders deep and deeper: what a case is, and whose it is."""

import nibabel as nib
import numpy as np
import pytest

from lexiscope.sources import detect_source
from lexiscope.sources.scans.nifti.nested_folders import find_nested_folders
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.testing.sources import check_drafts


def written(folder, names):
    for name in names:
        path = folder / f"{name}.nii"
        path.parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(np.ones((3, 4, 5), np.uint8), np.eye(4)), path)
    return folder


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (
            ["p1/ses-1/t1", "p1/ses-2/t1", "p2/ses-1/t1"],
            {"p1/ses-1": "p1", "p1/ses-2": "p1", "p2/ses-1": "p2"},
        ),
        (["p1/2019-01-02/t1", "p2/20200304/t1"], {"p1/2019-01-02": "p1", "p2/20200304": "p2"}),
        (["a/p1/visit1/anat/t1", "a/p1/visit2/anat/t1"], {"a/p1/visit1": "a/p1", "a/p1/visit2": "a/p1"}),
        (["p1/before op/t1", "p2/before op/t1"], {"p1/before op": "p1", "p2/before op": "p2"}),
        (["p1/p1-A/t1", "p1/p1-B/t1"], {"p1/p1-A": "p1", "p1/p1-B": "p1"}),
        (["p1/scans/t1", "p2/scans/t1"], {"p1": "p1", "p2": "p2"}),
        (["bert/mri/T1", "ernie/mri/T1"], {"bert": "bert", "ernie": "ernie"}),
        (["p1/T1/scan", "p1/FLAIR/scan", "p2/T1/scan"], {"p1": "p1", "p2": "p2"}),
        (["HGG/c1/t1", "LGG/c2/t1"], {"HGG/c1": "HGG/c1", "LGG/c2": "LGG/c2"}),
        (["train/p1/t1", "test/p2/t1"], {"train/p1": "train/p1", "test/p2": "test/p2"}),
        (["train/1/t1", "test/2/t1"], {"train/1": "train/1", "test/2": "test/2"}),
        (["data/1/t1", "data/2/t1"], None),
        (["p1/t1", "p2/t1"], None),
        (["train/images/a", "train/others/a"], None),
    ],
)
def test_cases_and_their_patients(tmp_path, names, groups):
    found = find_nested_folders(written(tmp_path, names))
    assert (found and dict(found.groups)) == groups


def test_sessions_of_a_patient_are_one_group_and_say_so(tmp_path):
    names = ["p1/s1/p1_s1_t1", "p1/s1/lesion_mask", "p1/s2/FLAIR/scan", "p1/s2/t1", "p2/s1/t1"]
    written(tmp_path, names)
    assert detect_source(tmp_path) == "nifti"
    drafts = check_drafts(NiftiSource(tmp_path), accepted=3)
    assert {one.id: (one.group, sorted(one.images), sorted(one.masks)) for one in drafts} == {
        "p1/s1": ("p1", ["t1"], ["lesion_mask"]),
        "p1/s2": ("p1", ["FLAIR", "t1"], []),
        "p2/s1": ("p2", ["t1"], []),
    }
    assert all("who is the group (guessed" in one.provenance.steps[-1] for one in drafts)
