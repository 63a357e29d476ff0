"""The Decathlon's layout: what fits is written, what does not is counted with its reason."""

import gzip
import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.exchange import export_corpus
from lexiscope.sources import Encoded, ImageFile
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.testing import DraftSource, make_drafts
from lexiscope.testing.drafts import draft


def exported(folder, drafts):
    build_corpus(folder / "corpus", DraftSource(drafts))
    report = export_corpus(Corpus.open(folder / "corpus"), folder / "out", form="msd")
    return report, json.loads((folder / "out" / "dataset.json").read_text())


def test_modalities_are_stacked_in_a_fixed_order(tmp_path):
    report, dataset = exported(tmp_path, make_drafts(2, volumes=True, size=16))
    assert report.cases == 2
    assert dataset["modality"] == {"0": "flair", "1": "t1w", "2": "t2w"}
    assert (dataset["tensorImageSize"], dataset["licence"]) == ("4D", "CC0-1.0")
    image = nib.load(tmp_path / "out" / dataset["training"][0]["image"])
    assert image.shape == (16, 16, 4, 3)
    assert report.left_behind == {"attributes": 2, "texts": 2}


def test_splits_are_lists_and_a_mask_is_a_label(tmp_path):
    drafts = [replace(d, images={"flair": d.images["flair"]}) for d in make_drafts(3, volumes=True, size=16)]
    drafts[0] = replace(drafts[0], split="test", masks={"lesion": drafts[0].images["flair"]})
    drafts[1] = replace(drafts[1], split=None)
    _, dataset = exported(tmp_path, drafts)
    assert [len(dataset[name]) for name in ("training", "validation", "test")] == [2, 0, 1]
    assert dataset["test"][0]["label"] == "./labelsTr/case-0000.nii.gz"
    assert (tmp_path / "out" / dataset["test"][0]["label"]).is_file()
    assert dataset["tensorImageSize"] == "3D"
    assert dataset["labels"] == {"0": "background", "1": "lesion"}


def mask_of(values, affine=None):
    image = nib.Nifti1Image(values.astype(np.uint8), np.eye(4) if affine is None else affine)
    return ImageFile(Encoded(gzip.compress(image.to_bytes(), 1, mtime=0), ".nii.gz"))


def masked(name, masks, values=np.zeros((5, 6, 7))):
    return draft(name, images={"t1": mask_of(values)}, masks=masks)


def test_disjoint_masks_become_one_label_image_that_is_read_back_as_them(tmp_path):
    core, rim = np.zeros((5, 6, 7)), np.zeros((5, 6, 7))
    core[1:3, 2:4, 5], rim[1:3, 4, 5] = 1, 255
    drafts = [
        masked("a", {"rim": mask_of(rim), "core": mask_of(core)}),
        masked("b", {"rim": mask_of(rim), "core": mask_of(0 * core)}),
        masked("c", {}),
    ]
    report, dataset = exported(tmp_path, drafts)
    assert (report.cases, report.left_behind.get("values of masks")) == (3, None)
    assert dataset["labels"] == {"0": "background", "1": "core", "2": "rim"}
    label = nib.load(tmp_path / "out" / dataset["training"][0]["label"])
    np.testing.assert_array_equal(np.asarray(label.dataobj), core + 2 * (rim > 0))
    build_corpus(tmp_path / "back", NiftiSource(tmp_path / "out"))
    back = Corpus.open(tmp_path / "back")
    assert {case.id: {name: mask.marked for name, mask in case.masks.items()} for case in back} == {
        "a": {"core": 4, "rim": 2},
        "b": {"core": 0, "rim": 2},
        "c": {},
    }


def test_masks_that_no_label_image_can_hold_are_left_out_with_the_reason(tmp_path):
    core, whole = np.zeros((5, 6, 7)), np.zeros((5, 6, 7))
    core[1:3, 2:4, 5], whole[1:3, 1:5, 4:6] = 1, 1
    drafts = [
        masked("nested", {"core": mask_of(core), "whole": mask_of(whole)}),
        masked("partly", {"core": mask_of(core)}),
        masked("good", {"core": mask_of(core), "whole": mask_of(0 * whole)}),
    ]
    report, _ = exported(tmp_path, drafts)
    assert report.cases == 1
    assert report.reason == "1 annotated for some of the structures only; 1 whose masks overlap"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: replace(d, images={"flair": d.images["flair"]}), "lacking a modality"),
        (lambda d: replace(d, split="heldout"), "in a split that MSD does not know"),
        (lambda d: replace(d, masks={"a": d.images["flair"], "b": d.images["t1w"]}), "whose masks overlap"),
    ],
)
def test_what_does_not_fit_is_left_out_with_a_reason(tmp_path, change, reason):
    one, two = make_drafts(2, volumes=True, size=16)
    report, _ = exported(tmp_path, [one, change(two)])
    assert (report.cases, report.left_out, report.reason) == (1, 1, f"1 {reason}")


def test_a_corpus_of_pictures_or_words_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"fits MSD \(1 that are not NIfTI\); export it as parquet"):
        exported(tmp_path, [draft("a")])
    assert not (tmp_path / "out").exists()
    build_corpus(tmp_path / "words", DraftSource([draft("a", images={})]))
    with pytest.raises(UsageError, match="has no images"):
        export_corpus(tmp_path / "words", tmp_path / "out", form="msd")
