"""Scans of many cases in one folder belong together by their names, or are no cases of this layout."""

import nibabel as nib
import numpy as np
import pytest

from lexiscope.sources import Rejected, detect_source
from lexiscope.sources.scans.nifti.flat_scans import find_flat_scans
from lexiscope.sources.scans.nifti.source import NiftiSource


def written(folder, *names):
    for name in names:
        nib.save(nib.Nifti1Image(np.ones((3, 4, 5), np.uint8), np.eye(4)), folder / f"{name}.nii.gz")
    return folder


@pytest.mark.parametrize(
    ("names", "cases"),
    [
        (["p1_t1", "p1_flair", "p2_t1"], {"p1": ["flair", "t1"], "p2": ["t1"]}),
        (["volume-0", "segmentation-0", "volume-1"], {"0": ["segmentation", "volume"], "1": ["volume"]}),
        (["ct_1", "ct_1_seg", "ct_2"], None),
        (["ct_1", "ct_1_seg", "ct_2", "ct_2_seg"], {"ct_1": ["image", "seg"], "ct_2": ["image", "seg"]}),
        (["a-b_t1", "a-b_t1_mask"], {"a-b": ["t1", "t1_mask"]}),
        (["brain_T1_skullstripped", "head_CT"], None),
        (["p1_t1", "p2_t1"], None),
        (["t1", "flair"], None),
    ],
)
def test_cases_are_told_by_names(tmp_path, names, cases):
    found = find_flat_scans(written(tmp_path, *names))
    assert (found and {name: sorted(found.cases[name]) for name in found.names()}) == cases


def test_a_flat_folder_is_read_as_cases_with_their_masks(tmp_path):
    written(tmp_path, "p1_t1", "p1_flair", "p1_seg", "p2_t1", "p2_flair")
    assert detect_source(tmp_path) == "nifti"
    one, two = NiftiSource(tmp_path).drafts()
    assert (sorted(one.images), sorted(one.masks), one.group) == (["flair", "t1"], ["seg"], "p1")
    assert (sorted(two.images), sorted(two.masks), two.group) == (["flair", "t1"], [], "p2")


def test_a_case_of_masks_alone_is_rejected(tmp_path):
    written(tmp_path, "p1_t1", "p1_seg", "p2_seg")
    items = list(NiftiSource(tmp_path).drafts())
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["the case has masks but no image"]


@pytest.mark.parametrize("names", [["mask"], ["p1_mask", "p2_mask"], ["segmentation-0"]])
def test_label_images_without_any_scan_are_no_images(tmp_path, names):
    written(tmp_path, *names)
    assert detect_source(tmp_path) == "nifti"
    items = list(NiftiSource(tmp_path).drafts())
    assert [item.reason for item in items] == ["the case has masks but no image"] * len(names)
    assert all("another name" in item.remedy for item in items)
