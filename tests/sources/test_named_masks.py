"""Label images become one binary mask a structure, called the same in every case of a data set."""

import gzip
import io
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.label_image import read_label_image
from lexiscope.sources.named_masks import NamedMasks
from lexiscope.sources.pixels import read_pixels
from lexiscope.sources.scans.bids import BidsSource
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.sources.structures import given_structures
from lexiscope.testing.sources import check_drafts

LABELS = (np.arange(60).reshape(3, 4, 5) % 4).astype(np.uint8)  # 0, 1, 2, 3
AFFINE = np.array([[0, 2.0, 0, -7], [-1.5, 0, 0, 9], [0, 0, 3, 1], [0, 0, 0, 1]])


def scan(path, values=LABELS, affine=AFFINE):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values, affine), path)
    return path


def opened(file: ImageFile):
    if isinstance(file.origin, Encoded):
        return nib.Nifti1Image.from_bytes(gzip.decompress(file.origin.data))
    return nib.load(file.origin)


def pairs(root, labels, *, dataset=None):
    for name, values in labels.items():
        scan(root / "images" / f"{name}.nii.gz", np.zeros(LABELS.shape, np.int16))
        if values is not None:
            scan(root / "labels" / f"{name}.nii.gz", values)
    if dataset is not None:
        listed = [{"image": f"images/{name}.nii.gz", "label": f"labels/{name}.nii.gz"} for name in labels]
        (root / "dataset.json").write_text(json.dumps({"training": listed, **dataset}))
    return root


def drafts(source):
    return [item for item in source.drafts() if isinstance(item, Draft)]


def voxels(draft):
    return {name: int(opened(mask).get_fdata().sum()) for name, mask in draft.masks.items()}


def test_a_structure_is_a_binary_mask_on_the_same_voxels(tmp_path):
    root = pairs(tmp_path, {"a": LABELS, "b": np.where(LABELS == 2, 0, LABELS), "c": None})
    source = NiftiSource(root, structures={"anterior": ("1",), "rest": ("2,3",), "any": ("*",)})
    first, second, third = check_drafts(source, accepted=3)
    for name, wanted in (("anterior", LABELS == 1), ("rest", LABELS >= 2), ("any", LABELS > 0)):
        mask = opened(first.masks[name])
        np.testing.assert_array_equal(np.asarray(mask.dataobj), wanted)
        np.testing.assert_allclose(mask.affine, AFFINE)
        assert mask.get_data_dtype() == np.uint8
    assert voxels(second)["anterior"] == 15
    assert dict(third.masks) == {}  # no label image: not annotated
    assert "label image label: masks anterior (1), rest (2+3), any (*) made from it" in first.provenance.steps


def test_a_structure_that_does_not_occur_is_absent_and_other_values_are_said(tmp_path):
    root = pairs(tmp_path, {"a": LABELS, "b": np.where(LABELS == 2, 0, LABELS)})
    first, second = drafts(NiftiSource(root, structures={"cyst": ("2",)}))
    assert (voxels(first), voxels(second)) == ({"cyst": 15}, {"cyst": 0})
    assert "label image label: values without a name left out: 1, 3" in first.provenance.steps


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ({"0": "background", "1": "Left Lobe", "3": "Vessel"}, {"left_lobe": 15, "vessel": 15}),
        ({"background": 0, "whole": [1, 2, 3], "core": [3], "ignore": 2}, {"whole": 45, "core": 15}),
        ({"0": "background", "1": "Öl", "2": "öl"}, {"öl": 15, "öl_2": 15}),
        ({}, {"label 1": 15, "label 2": 15, "label 3": 15}),
    ],
)
def test_a_dataset_json_names_structures_in_both_directions(tmp_path, labels, names):
    (draft,) = drafts(NiftiSource(pairs(tmp_path, {"a": LABELS}, dataset={"labels": labels})))
    assert voxels(draft) == names


def test_what_the_user_says_goes_before_the_dataset_json(tmp_path):
    root = pairs(tmp_path, {"a": LABELS}, dataset={"labels": {"1": "x", "2": "y"}})
    (draft,) = drafts(NiftiSource(root, structures={"z": ("3",)}))
    assert list(draft.masks) == ["z"]


def test_files_of_one_value_stay_as_they_are(tmp_path):
    root = pairs(tmp_path, {"a": (LABELS == 1) * np.uint8(255), "b": LABELS * 0})
    for structures, name in (({}, "label"), ({"tumour": ("255",)}, "tumour"), ({"tumour": ("*",)}, "tumour")):
        for draft in drafts(NiftiSource(root, structures=structures)):
            assert draft.masks[name].origin == root / "labels" / f"{draft.id}.nii.gz"


def test_names_are_the_same_in_every_case(tmp_path):
    """A case that shows one value only, beside one that shows two."""
    root = pairs(tmp_path, {"a": (LABELS == 1).astype(np.uint8), "b": LABELS % 3})
    assert [list(draft.masks) for draft in drafts(NiftiSource(root))] == [["label 1", "label 2"]] * 2


def test_many_values_without_names_are_refused_with_what_to_pass(tmp_path):
    root = pairs(tmp_path, {"a": np.arange(60, dtype=np.uint16).reshape(LABELS.shape), "b": LABELS})
    items = list(NiftiSource(root).drafts())
    assert [dict(item.masks) for item in items if isinstance(item, Draft)] == [{}, {}]
    refused = [item for item in items if isinstance(item, Rejected)]
    assert len(refused) == 2
    assert "hold more than 20 values (1, 2, 3, ...) that nobody names" in refused[0].reason
    assert "--structure NAME='*'" in refused[0].remedy
    assert voxels(drafts(NiftiSource(root, structures={"cell": ("*",)}))[0]) == {"cell": 59}


def test_of_a_long_list_of_names_those_that_occur_are_kept(tmp_path):
    labels = {str(value): f"region {value}" for value in range(1, 100)}
    root = pairs(tmp_path, {"a": LABELS, "b": LABELS % 2}, dataset={"labels": labels})
    assert [voxels(draft) for draft in drafts(NiftiSource(root))] == [
        {"region_1": 15, "region_2": 15, "region_3": 15},
        {"region_1": 30, "region_2": 0, "region_3": 0},
    ]


def test_case_folders_with_several_label_images_say_which_is_meant(tmp_path):
    for name in ("t1", "aseg", "lesion_mask"):
        scan(tmp_path / "p1" / f"{name}.nii.gz", LABELS if name == "aseg" else LABELS % 2)
    scan(tmp_path / "p2" / "t1.nii.gz")
    with pytest.raises(UsageError, match=r"--structure hippocampus must say in which label image.*aseg, lesion_mask"):
        NiftiSource(tmp_path, structures={"hippocampus": ("2",)}).drafts()
    with pytest.raises(UsageError, match=r"--structure seg:\.\.\. names no label image"):
        NiftiSource(tmp_path, structures={"seg:x": ("2",)}).drafts()
    first, second = drafts(NiftiSource(tmp_path, structures={"aseg:hippocampus": ("2",)}, annotated=("lesion_mask",)))
    assert voxels(first) == {"hippocampus": 15, "lesion_mask": 30}
    assert voxels(second) == {"lesion_mask": 0}
    np.testing.assert_allclose(opened(second.masks["lesion_mask"]).affine, AFFINE)
    unnamed, _ = drafts(NiftiSource(tmp_path))
    assert list(unnamed.masks) == ["aseg 1", "aseg 2", "aseg 3", "lesion_mask"]


def test_label_images_of_any_name_are_meant_where_each_case_has_one(tmp_path):
    for name, file in (("p1", "seg"), ("p2", "label_2024")):
        scan(tmp_path / name / "t1.nii.gz")
        scan(tmp_path / name / f"{file}.nii.gz")
    found = drafts(NiftiSource(tmp_path, structures={"cyst": ("2",)}))
    assert [voxels(draft) for draft in found] == [{"cyst": 15}, {"cyst": 15}]


def test_bids_names_values_by_its_tables(tmp_path):
    (tmp_path / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    for subject in ("01", "02"):
        scan(tmp_path / f"sub-{subject}" / "anat" / f"sub-{subject}_T1w.nii.gz")
    made = tmp_path / "derivatives" / "made"
    scan(made / "sub-01" / "anat" / "sub-01_dseg.nii.gz", LABELS % 3)
    scan(made / "sub-01" / "anat" / "sub-01_label-lesion_mask.nii.gz", LABELS % 2)
    (made / "dseg.tsv").write_text("index\tname\n0\tBackground\n1\tGray Matter\n2\tCSF\n9\tcyst\n")
    first, second = drafts(BidsSource(tmp_path))
    assert voxels(first) == {"gray_matter": 15, "csf": 15, "cyst": 0, "lesion": 30}
    assert dict(second.masks) == {}
    check_drafts(BidsSource(tmp_path), accepted=2, besides=(".tsv",))
    _, said = drafts(BidsSource(tmp_path, annotated=("lesion",)))
    assert voxels(said) == {"lesion": 0}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.full((2, 3, 4), 0.3, np.float32), "not whole, such as 0.3"),
        (np.full((2, 3, 4), np.nan, np.float32), "no numbers"),
        (np.full((2, 3, 4), -1, np.int16), "holds the label -1"),
        (np.ones((2, 3, 4, 5), np.uint8), "series of shape"),
    ],
)
def test_what_cannot_be_labels_is_refused(tmp_path, values, reason):
    with pytest.raises(SourceError, match=reason):
        read_label_image(scan(tmp_path / "a.nii.gz", values))


def test_labels_that_are_nearly_whole_become_exact(tmp_path):
    near = LABELS * np.float32(0.9999)
    near[0, 0, 0] = 1e-6
    masks, _ = NamedMasks({}, labels=[["label"]]).masks("label", ImageFile(scan(tmp_path / "a.nii.gz", near)))
    np.testing.assert_array_equal(np.asarray(opened(masks["label"]).dataobj), LABELS > 0)


def test_pictures_in_colours_and_lossy_ones_are_no_labels(tmp_path):
    colours = np.zeros((40, 40, 3), np.uint8)
    colours[5:20, 5:20] = (200, 30, 90)
    Pillow.fromarray(colours).save(tmp_path / "colours.png")
    Pillow.fromarray(colours[..., 0]).save(tmp_path / "lossy.jpg", quality=30)
    Pillow.fromarray(np.repeat(colours[..., :1] // 200, 3, axis=2)).save(tmp_path / "grey.png")
    with pytest.raises(SourceError, match="picture in colours"):
        read_label_image(tmp_path / "colours.png")
    with pytest.raises(SourceError, match="JPEG, which changes values"):
        read_label_image(tmp_path / "lossy.jpg")
    assert read_label_image(tmp_path / "grey.png").present() == [1]


def test_instances_of_16_bits_are_one_mask(tmp_path):
    cells = np.zeros((50, 60), np.uint16)
    for number in range(40):
        cells[number, number : number + 3] = 300 + number
    stream = io.BytesIO()
    Pillow.fromarray(cells).save(stream, "PNG")
    named = NamedMasks({"nucleus": ("*",)}, labels=[["label"]])
    masks, _ = named.masks("label", ImageFile(Encoded(stream.getvalue(), ".png")))
    (tmp_path / "mask.png").write_bytes(masks["nucleus"].origin.data)
    np.testing.assert_array_equal(read_pixels(tmp_path / "mask.png")[0], cells > 0)


@pytest.mark.parametrize("values", ["0", "x", "1,", "-2", "1.5", "1,0"])
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(UsageError, match=r"expected --structure NAME=VALUE\[,VALUE...\].* got liver="):
        given_structures({"liver": (values,)})


def test_settings_take_numbers_as_they_are_written_in_yaml():
    from lexiscope.core.settings import settings_of

    settings = settings_of(NiftiSource).of({"structures": {"a": 1, "b": [2, "3"], "c": "*"}})
    assert settings.structures == {"a": ("1",), "b": ("2", "3"), "c": ("*",)}


def test_structures_need_a_label_image(tmp_path):
    scan(tmp_path / "p1" / "t1.nii.gz")
    with pytest.raises(UsageError, match="this source has none"):
        NiftiSource(tmp_path, structures={"a": ("1",)}).drafts()
