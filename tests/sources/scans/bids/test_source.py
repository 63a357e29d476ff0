import json

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus.build import build_corpus
from lexiscope.sources import Rejected, Unread, detect_source
from lexiscope.sources.scans.bids import BidsSource
from lexiscope.sources.scans.bids.name import BidsName

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


@pytest.fixture
def study(tmp_path):
    root = tmp_path / "study"
    root.mkdir()
    (root / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0", "License": "CC0"}')
    return root


def scan(root, name, values=VALUES, affine=None):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values, np.eye(4) if affine is None else affine), path)


def write(root, name, *lines):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("\n".join("\t".join(line) for line in lines) + "\n")


def read(root):
    found = list(BidsSource(root).drafts())
    return [f for f in found if not isinstance(f, Rejected)], [f for f in found if isinstance(f, Rejected)]


def test_names_come_apart():
    name = BidsName.parse("sub-01_ses-2_ce-gad_T1w.nii.gz")
    assert (name.entities, name.suffix, name.extension) == ({"sub": "01", "ses": "2", "ce": "gad"}, "T1w", ".nii.gz")
    assert name.label(frozenset({"ce"})) == "T1w_ce-gad"
    assert BidsName.parse("README") is None
    assert BidsName.parse("sub-01__T1w.nii") is None


def test_a_session_is_a_case_and_a_subject_its_group(study):
    scan(study, "sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz")
    scan(study, "sub-01/ses-b/anat/sub-01_ses-b_FLAIR.nii.gz")
    scan(study, "sub-02/anat/sub-02_T1w.nii")
    drafts, rejected = read(study)
    assert not rejected
    assert [(d.id, d.group, list(d.images)) for d in drafts] == [
        ("sub-01/ses-a", "sub-01", ["T1w"]),
        ("sub-01/ses-b", "sub-01", ["FLAIR"]),
        ("sub-02", "sub-02", ["T1w"]),
    ]
    assert drafts[0].provenance.licence == "CC0"
    assert detect_source(study) == "bids"


def test_a_file_in_the_folder_of_another_is_nobodys(study):
    scan(study, "sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz")
    scan(study, "sub-01/ses-a/anat/sub-02_ses-a_T2w.nii.gz")
    scan(study, "sub-01/ses-a/anat/sub-01_ses-b_FLAIR.nii.gz")
    scan(study, "sub-01/ses-a/anat/sub-01_ses-a_defacemask.nii.gz", VALUES % 2)
    drafts, rejected = read(study)
    assert [(d.id, list(d.images), list(d.masks)) for d in drafts] == [("sub-01/ses-a", ["T1w"], ["defacemask"])]
    assert [item.reason for item in rejected] == [
        "its name says ses-b, its folder ses-a",
        "its name says sub-02, its folder sub-01",
    ]


def test_entities_that_tell_images_apart_name_the_modality_in_every_session(study):
    scan(study, "sub-01/anat/sub-01_T1w.nii.gz")
    scan(study, "sub-01/anat/sub-01_acq-fast_run-1_T1w.nii.gz")
    scan(study, "sub-02/anat/sub-02_acq-fast_rec-norm_T1w.nii.gz")
    scan(study, "sub-03/anat/sub-03_ce-gad_T2w.nii.gz")
    drafts, _ = read(study)
    assert [sorted(d.images) for d in drafts] == [["T1w", "T1w_acq-fast_run-1"], ["T1w_acq-fast"], ["T2w_ce-gad"]]


def test_tables_give_attributes_texts_and_splits(study):
    for session in ("1", "2"):
        scan(study, f"sub-01/ses-{session}/anat/sub-01_ses-{session}_T1w.nii.gz")
    scan(study, "sub-02/anat/sub-02_T1w.nii.gz")
    write(
        study,
        "participants.tsv",
        ("participant_id", "age", "group", "split", "report"),
        ("sub-01", "50", "control", "train", "Nothing found."),
        ("sub-09", "1", "patient", "", ""),
        ("sub-01", "51", "control", "train", ""),
        ("", "3", "", "", ""),
    )
    write(study, "sub-01/sub-01_sessions.tsv", ("session_id", "age", "score"), ("ses-2", "52", "n/a"))
    (one, two, other), rejected = read(study)
    assert (one.attributes, one.split, one.group) == ({"age": 50, "group": "control"}, "train", "sub-01")
    assert two.attributes == {"age": 52, "group": "control"}
    assert [(text.kind, text.text) for text in one.texts] == [("report", "Nothing found.")]
    assert (other.attributes, other.split) == ({}, None)
    assert other.provenance.steps == ("no row of sub-02 in participants.tsv",)
    assert [place.reason for place in rejected] == [
        "sub-01 stands in participants.tsv twice; the first row counts",
        "the row has no participant_id",
        "sub-09 has no folder",
    ]


def test_series_are_refused_and_the_rest_is_kept(study):
    scan(study, "sub-01/func/sub-01_task-rest_bold.nii.gz", np.zeros((2, 3, 4, 5), np.int16))
    scan(study, "sub-01/func/sub-01_task-rest_sbref.nii.gz", np.zeros((2, 3, 4, 1), np.int16))
    scan(study, "sub-01/fmap/sub-01_phasediff.nii.gz")
    scan(study, "sub-02/dwi/sub-02_dwi.nii.gz", np.zeros((2, 3, 4, 30), np.int16))
    (draft,), (bold, dwi, fieldmap) = read(study)
    assert isinstance(fieldmap, Unread)
    assert fieldmap.path.endswith("_phasediff.nii.gz")
    assert list(draft.images) == ["sbref"]
    assert "series of shape (2, 3, 4, 5), and a case holds one moment" in bold.reason
    assert dwi.path.endswith("sub-02_dwi.nii.gz")


def test_masks_of_derivatives_are_kept_on_the_grid_of_an_image(study):
    scan(study, "sub-01/anat/sub-01_T1w.nii.gz")
    scan(study, "sub-01/anat/sub-01_T2w.nii.gz", affine=np.diag([2.0, 2, 2, 1]))
    scan(study, "derivatives/a/sub-01/anat/sub-01_desc-brain_mask.nii.gz", VALUES % 2, np.diag([2.0, 2, 2, 1]))
    scan(study, "derivatives/b/sub-01/anat/sub-01_label-lesion_mask.nii.gz", VALUES % 2)
    scan(study, "derivatives/b/sub-01/anat/sub-01_dseg.nii.gz", VALUES % 3)
    scan(study, "derivatives/b/sub-01/anat/sub-01_space-MNI_desc-brain_mask.nii.gz", VALUES[:1])
    (draft,), (refused,) = read(study)
    assert sorted(draft.masks) == ["brain", "dseg 1", "dseg 2", "lesion"]
    assert "mask brain lies on T2w" in draft.provenance.steps
    assert "mask lesion lies on T1w" in draft.provenance.steps
    assert "grid (4, 3, 1)" in refused.reason


def test_sidecars_are_inherited(study):
    scan(study, "sub-01/anat/sub-01_acq-a_T1w.nii.gz")
    (study / "T1w.json").write_text(json.dumps({"EchoTime": 0.1, "FlipAngle": 9, "Secret": "x"}))
    (study / "acq-b_T1w.json").write_text(json.dumps({"FlipAngle": 20}))
    (study / "sub-01" / "sub-01_T1w.json").write_text(json.dumps({"EchoTime": 0.004}))
    (study / "sub-01" / "anat" / "sub-01_acq-a_T1w.json").write_text("{broken")
    (draft,), _ = read(study)
    assert draft.provenance.steps == ("T1w was acquired with EchoTime 0.004 s, FlipAngle 9 degrees",)


def test_odd_input_is_rejected_and_the_rest_goes_on(study, tmp_path):
    (tmp_path / "secret.nii.gz").write_bytes(b"x")
    scan(study, "sub-01/anat/sub-01_T1w.nii.gz")
    scan(study, "sub-01/anat/sub-01_T1w.nii")
    (study / "sub-01/anat/sub-01_T2w.nii.gz").symlink_to(tmp_path / "secret.nii.gz")
    (study / "sub-01/anat/sub-01_PDw.nii.gz").symlink_to(study / ".git" / "annex" / "none")
    (study / "sub-01/anat/sub-01_FLAIR.nii.gz").write_bytes(b"\x1f\x8bbroken")
    (study / "sub-02" / "anat").mkdir(parents=True)
    (draft,), rejected = read(study)
    assert list(draft.images) == ["T1w"]
    assert len(rejected) == 5
    assert all(place.reason and place.remedy for place in rejected)
    assert rejected[-1].reason == "the session has no image"


def test_wrong_use_is_said(study, tmp_path):
    with pytest.raises(UsageError, match=r"expected dataset_description\.json and sub-"):
        BidsSource(study).drafts()
    scan(study, "sub-01/anat/sub-01_T1w.nii.gz")
    (study / "dataset_description.json").write_text("[]")
    with pytest.raises(UsageError, match="repair it"):
        BidsSource(study).drafts()


def test_it_builds_and_builds_again(study, tmp_path):
    scan(study, "sub-01/anat/sub-01_T1w.nii.gz")
    scan(study, "derivatives/b/sub-01/anat/sub-01_dseg.nii.gz", VALUES % 3)
    assert build_corpus(tmp_path / "corpus", BidsSource(study)).added == 1
    assert build_corpus(tmp_path / "corpus", BidsSource(study)).unchanged == 1


def test_rows_without_prefix_count_and_sessions_without_a_folder_are_said(study):
    for subject in ("001", "002"):
        scan(study, f"sub-{subject}/ses-1/anat/sub-{subject}_ses-1_T1w.nii.gz")
    (study / "participants.tsv").write_text("participant_id\tage\n002\t61\nsub-1\t40\n", encoding="utf-8-sig")
    (study / "sub-002" / "sub-002_sessions.tsv").write_text("session_id\tweight\n1\t70\nses-2\t71\n")
    drafts, rejected = read(study)
    by_id = {draft.id: draft for draft in drafts}
    assert by_id["sub-002/ses-1"].attributes == {"age": 61, "weight": 70}
    assert len(by_id["sub-002/ses-1"].provenance.steps) == 2
    assert by_id["sub-001/ses-1"].attributes == {}
    assert [one.reason for one in rejected] == ["sub-1 has no folder; sub-001 is likely meant", "ses-2 has no folder"]
