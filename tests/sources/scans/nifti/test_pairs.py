"""`images/` beside `labels/`, and nnU-Net's raw layout with and without its dataset.json."""

import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Picture

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.sources import Draft, Rejected, Unread, detect_source
from lexiscope.sources.pixels import read_pixels
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.testing.drafts import picture
from lexiscope.testing.sources import check_drafts

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


def scan(path, values=VALUES):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values, np.eye(4)), path)


def raw(root, *, cases=3, channels=2, suffix=".nii.gz", test=0):
    """nnU-Net's raw layout: the values of channel c are those of the case plus 100 c."""
    for number in range(cases + test):
        folder = "Ts" if number >= cases else "Tr"
        for channel in range(channels):
            name = f"made_{number:03d}_{channel:04d}{suffix}"
            scan(root / f"images{folder}" / name, VALUES + np.int16(100 * channel + number))
        if folder == "Tr":
            scan(root / "labelsTr" / f"made_{number:03d}{suffix}", VALUES % 3)
    return root


def drafts(root):
    return [item for item in NiftiSource(root).drafts() if isinstance(item, Draft)]


def test_channels_without_a_dataset_json_are_images_of_one_case(tmp_path):
    found = check_drafts(NiftiSource(raw(tmp_path)), accepted=3)
    assert [(one.id, one.group, one.split) for one in found] == [
        (f"made_{n:03d}", f"made_{n:03d}", None) for n in range(3)
    ]
    assert {tuple(one.images) for one in found} == {("channel_0000", "channel_0001")}
    assert {tuple(one.masks) for one in found} == {("label 1", "label 2")}
    assert found[0].provenance.steps[:1] == ("files _0000, _0001 are channels of one case",)
    for channel in range(2):
        image = found[2].images[f"channel_{channel:04d}"]
        np.testing.assert_array_equal(read_pixels(image.origin)[0], VALUES.T + 100 * channel + 2)
    assert detect_source(tmp_path) == "nifti"


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii"])
@pytest.mark.parametrize("nested", [False, True])
def test_version_2_names_channels_and_labels(tmp_path, suffix, nested):
    root = raw(tmp_path / "Dataset501_Made", suffix=suffix, test=1)
    record = {
        "channel_names": {"0": "T1", "1": "FLAIR"},
        "labels": {"background": 0, "oedema": 1, "whole": [1, 2]},
        "numTraining": 3,
        "file_ending": suffix,
    }
    (root / "dataset.json").write_text(json.dumps(record))
    found = drafts(tmp_path if nested else root)
    assert [(one.id, one.split, tuple(one.masks)) for one in found] == [
        ("made_000", "train", ("oedema", "whole")),
        ("made_001", "train", ("oedema", "whole")),
        ("made_002", "train", ("oedema", "whole")),
        ("made_003", "test", ()),
    ]
    assert {tuple(one.images) for one in found} == {("t1", "flair")}
    assert "label image label: masks oedema (1), whole (1+2) made from it" in found[0].provenance.steps


def test_version_1_lists_files_without_their_channel(tmp_path):
    root = raw(tmp_path)
    listed = [
        {"image": f"./imagesTr/made_{n:03d}.nii.gz", "label": f"./labelsTr/made_{n:03d}.nii.gz"} for n in range(3)
    ]
    record = {"modality": {"0": "T1", "1": "FLAIR"}, "labels": {"0": "background", "1": "x"}, "training": listed}
    (root / "dataset.json").write_text(json.dumps(record))
    found = drafts(root)
    assert [(one.id, tuple(one.images), tuple(one.masks)) for one in found] == [
        (f"made_{n:03d}", ("t1", "flair"), ("x",)) for n in range(3)
    ]


def test_version_2_with_a_list_of_files(tmp_path):
    root = raw(tmp_path, cases=1)
    files = {"images": ["imagesTr/made_000_0000.nii.gz", "imagesTr/made_000_0001.nii.gz"]}
    record = {
        "channel_names": {"0": "T1", "1": "T2"},
        "dataset": {"made": {**files, "label": "labelsTr/made_000.nii.gz"}},
    }
    (root / "dataset.json").write_text(json.dumps(record))
    (one,) = drafts(root)
    assert (one.id, list(one.images), list(one.masks)) == ("made", ["t1", "t2"], ["label 1", "label 2"])


def test_a_missing_channel_is_a_step_and_one_too_many_is_refused(tmp_path):
    root = raw(tmp_path)
    (root / "imagesTr" / "made_001_0001.nii.gz").unlink()
    record = {"channel_names": {"0": "T1", "1": "FLAIR"}, "labels": {}}
    (root / "dataset.json").write_text(json.dumps(record))
    assert drafts(root)[1].provenance.steps[:1] == ("no file of the channel flair",)
    record["channel_names"] = {"0": "T1"}
    (root / "dataset.json").write_text(json.dumps(record))
    items = list(NiftiSource(root).drafts())
    reasons = [item.reason for item in items if isinstance(item, Rejected)]
    assert reasons == ["there is a file of channel 0001, dataset.json names 1 channels"] * 2


def test_a_dataset_json_without_any_image_is_wrong_use(tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps({"channel_names": {"0": "T1"}, "file_ending": ".nii.gz"}))
    with pytest.raises(UsageError, match="it lists no image, and there is none in imagesTr"):
        NiftiSource(tmp_path).drafts()


def test_numbered_cases_are_no_channels(tmp_path):
    for number in range(3):
        scan(tmp_path / "images" / f"scan_{number:04d}.nii.gz")
        scan(tmp_path / "labels" / f"scan_{number:04d}.nii.gz", VALUES % 2)
    assert [(one.id, list(one.images)) for one in drafts(tmp_path)] == [(f"scan_{n:04d}", ["image"]) for n in range(3)]


def test_a_label_without_an_image_is_said(tmp_path):
    scan(tmp_path / "images" / "a.nii.gz")
    for name in ("a_anno", "b"):
        scan(tmp_path / "labels" / f"{name}.nii.gz", VALUES % 2)
    scan(tmp_path / "other" / "c.nii.gz")
    items = list(NiftiSource(tmp_path).drafts())
    (one,) = (item for item in items if isinstance(item, Draft))
    assert list(one.masks) == ["label"]
    (alone,) = (item for item in items if type(item) is Rejected)
    assert (alone.path, alone.reason) == (str(tmp_path / "labels/b.nii.gz"), "a label without an image of its name")
    assert [item.path for item in items if isinstance(item, Unread)] == [str(tmp_path / "other/c.nii.gz")]
    check_drafts(NiftiSource(tmp_path), accepted=1)


def test_pictures_beside_labels_give_masks_by_index(tmp_path):
    classes = np.zeros((64, 64), np.uint8)
    classes[:20], classes[40:] = 1, 2
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for name in "ab":
        Picture.fromarray(picture(ord(name))).save(tmp_path / "images" / f"{name}.png")
    label = Picture.fromarray(classes, mode="P")
    label.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    label.save(tmp_path / "masks" / "a.png")
    Picture.fromarray(classes).save(tmp_path / "masks" / "b.png")
    assert detect_source(tmp_path) == "nifti"
    build_corpus(tmp_path / "corpus", NiftiSource(tmp_path))
    corpus = Corpus.open(tmp_path / "corpus")
    for case in corpus:
        for value in (1, 2):
            mask = read_pixels(corpus.object_path(case.masks[f"label {value}"]))[0]
            np.testing.assert_array_equal(mask, classes == value)
    assert corpus["a"].provenance.steps == (
        "a.png has a palette: its indices are the classes",
        "label image label: masks label 1 (1), label 2 (2) made from it",
    )


def test_a_folder_of_pictures_alone_stays_one_of_images(tmp_path):
    (tmp_path / "images").mkdir()
    Picture.fromarray(picture(1)).save(tmp_path / "images" / "a.png")
    assert detect_source(tmp_path) == "images"


@pytest.mark.parametrize(
    ("images", "labels"),
    [("images", "segmentations"), ("image", "mask"), ("Images", "Masks"), ("imgs", "gt"), ("scans", "labels")],
)
def test_folders_of_images_and_labels_by_other_names(tmp_path, images, labels):
    for name in "ab":
        scan(tmp_path / images / f"{name}.nii.gz")
        scan(tmp_path / labels / f"{name}.nii.gz", VALUES % 2)
    assert [(one.id, list(one.images), list(one.masks)) for one in drafts(tmp_path)] == [
        (name, ["image"], ["label"]) for name in "ab"
    ]


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (["img0001", "img0002"], ["label0001", "label0002"]),
        (["volume-1", "volume-2"], ["segmentation-1", "segmentation-2"]),
        (["p1_image", "p2_image"], ["p1_label", "p2_label"]),
        (["1", "2"], ["mask_1", "mask_2"]),
    ],
)
def test_labels_that_say_what_they_are_find_their_images(tmp_path, images, labels):
    for number in range(2):
        scan(tmp_path / "images" / f"{images[number]}.nii")
        scan(tmp_path / "labels" / f"{labels[number]}.nii", VALUES % 2)
    found = check_drafts(NiftiSource(tmp_path), accepted=2)
    assert [(one.id, list(one.masks)) for one in found] == [(name, ["label"]) for name in images]
    for one, label in zip(found, labels, strict=True):
        assert one.provenance.steps[0].startswith(f"{label}.nii was taken for its label")


def test_names_that_leave_two_of_one_are_not_guessed(tmp_path):
    for name in ("img1", "image1"):
        scan(tmp_path / "images" / f"{name}.nii")
    scan(tmp_path / "labels" / "label1.nii", VALUES % 2)
    items = list(NiftiSource(tmp_path).drafts())
    assert [list(item.masks) for item in items if isinstance(item, Draft)] == [[], []]
    assert [item.reason for item in items if type(item) is Rejected] == ["a label without an image of its name"]


def test_a_colour_picture_holds_the_channels_that_are_declared(tmp_path):
    for folder, pixels in (("imagesTr", picture(1)), ("labelsTr", np.eye(9, dtype=np.uint8))):
        (tmp_path / folder).mkdir()
        mode = "RGB" if folder == "imagesTr" else "L"
        Picture.fromarray(pixels).resize((9, 9)).convert(mode).save(
            tmp_path / folder / ("r_0000.png" if mode == "RGB" else "r.png")
        )
    record = {"channel_names": {"0": "R", "1": "G", "2": "B"}, "labels": {"background": 0, "road": 1}}
    (tmp_path / "dataset.json").write_text(json.dumps({**record, "file_ending": ".png"}))
    (one,) = drafts(tmp_path)
    assert (list(one.images), list(one.masks)) == (["image"], ["road"])
    assert "no file of the channel" not in " ".join(one.provenance.steps)


@pytest.mark.parametrize("place", ["{split}/{kind}/{name}.nii", "{kind}/{split}/{name}.nii"])
@pytest.mark.parametrize(("second", "ids"), [("b", ["a", "b"]), ("a", ["a", "val/a"])])
def test_pairs_in_folders_of_splits(tmp_path, place, second, ids):
    for split, name in (("train", "a"), ("val", second)):
        for kind in ("images", "masks"):
            scan(tmp_path / place.format(split=split, kind=kind, name=name), VALUES % 2)
    assert detect_source(tmp_path) == "nifti"
    found = check_drafts(NiftiSource(tmp_path), accepted=2)
    assert [(one.id, one.split, list(one.images), list(one.masks)) for one in found] == [
        (case, split, ["image"], ["label"]) for case, split in zip(ids, ("train", "val"), strict=True)
    ]


def test_a_case_folder_called_scans_stays_one(tmp_path):
    for modality in ("t1", "flair"):
        scan(tmp_path / "scans" / f"{modality}.nii.gz")
    assert [(one.id, list(one.images)) for one in drafts(tmp_path)] == [("scans", ["flair", "t1"])]


def test_several_data_sets_are_built_one_by_one(tmp_path):
    for name in ("Dataset501_A", "Dataset502_B"):
        raw(tmp_path / name)
    assert detect_source(tmp_path) == "nifti"
    with pytest.raises(UsageError, match=r"got 2 in .*: Dataset501_A, Dataset502_B; build each by itself"):
        NiftiSource(tmp_path).drafts()
