import pytest

from lexiscope.sources.scans.bids.masks import mask_label
from lexiscope.sources.scans.bids.name import BidsName


@pytest.mark.parametrize("name", ["T1w", "sub-01_T1w", "sub_T1w.nii", "sub-01.nii.gz", "sub-0.1_T1w.nii", ".json"])
def test_other_names_are_none(name):
    assert BidsName.parse(name) is None


def test_a_name_says_what_it_is():
    name = BidsName.parse("sub-01_ses-02_ce-gad_run-2_T1w.nii.gz")
    assert name.label(frozenset({"ce"})) == "T1w_ce-gad"
    assert name.label(frozenset()) == "T1w"
    assert not name.is_mask
    assert BidsName.parse("T1w.json").entities == {}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("sub-01_label-lesion_mask.nii.gz", "lesion"),
        ("sub-01_desc-brain_mask.nii", "brain"),
        ("sub-01_desc-auto_label-GM_dseg.nii", "GM_auto"),
        ("sub-01_mask.nii", "mask"),
        ("sub-01_label-lesion_roi.nii.gz", "lesion"),
    ],
)
def test_a_mask_is_called_like_what_it_shows(name, label):
    parsed = BidsName.parse(name)
    assert parsed.is_mask
    assert mask_label(parsed) == label
