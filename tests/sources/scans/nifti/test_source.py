import json

import nibabel as nib
import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.sources.draft import Draft, Rejected, Unread
from lexiscope.sources.pixels import read_pixels
from lexiscope.sources.scans.nifti.source import NiftiSource

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


def scan(path, values=VALUES):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values, np.eye(4)), path)


@pytest.fixture
def cases(tmp_path):
    root = tmp_path / "cases"
    scan(root / "p1" / "t1.nii.gz")
    scan(root / "p1" / "flair.nii")
    scan(root / "p1" / "lesion_mask.nii.gz", VALUES % 2)
    scan(root / "p2" / "p2_t1.nii.gz")
    scan(root / "p2" / "p2-seg.nii.gz", VALUES % 2)
    scan(root / "p3" / "t1.nii.gz")
    return root


def write(path, text):
    path.write_text(text)
    return path


def test_a_folder_is_a_case_and_its_files_are_modalities_and_masks(cases):
    drafts = list(NiftiSource(cases, licence="CC0").drafts())
    assert [d.id for d in drafts] == ["p1", "p2", "p3"]
    assert [sorted(d.images) for d in drafts] == [["flair", "t1"], ["t1"], ["t1"]]
    assert [sorted(d.masks) for d in drafts] == [["lesion_mask"], ["seg"], []]
    assert drafts[0].provenance.licence == "CC0"


def test_a_folder_that_holds_the_case_folders_beside_their_table_is_read_alike(cases, tmp_path):
    write(tmp_path / "cases.csv", "case,split\np1,train\np2,test\np3,val\n")
    (tmp_path / "README.md").write_text("what these are")
    assert NiftiSource.detect(tmp_path)
    for path in (tmp_path, cases):
        assert [(d.id, d.split) for d in NiftiSource(path).drafts()] == [("p1", "train"), ("p2", "test"), ("p3", "val")]


def test_a_table_adds_what_it_says(cases, tmp_path):
    table = write(
        tmp_path / "t.csv",
        "who,split,patient,report,age\np2,test,A,All well.,50\np9,train,B,,\np1,train,B,,60\np1,,,,\n",
    )
    first, missing, second, twice, third = NiftiSource(cases, table=table).drafts()
    assert (first.id, first.split, first.group, first.attributes) == ("p2", "test", "A", {"patient": "A", "age": 50})
    assert [(p.kind, p.text) for p in first.texts] == [("report", "All well.")]
    assert first.provenance.locator == {"folder": "p2", "table": "t.csv", "row": 1}
    assert isinstance(missing, Rejected)
    assert "p9 has no scans" in missing.reason
    assert second.id == "p1"
    assert isinstance(twice, Rejected)
    assert (third.id, third.provenance.steps) == ("p3", ("no row in t.csv",))


def test_the_only_table_beside_the_cases_is_used(cases):
    write(cases / "facts.tsv", "case\tage\np1\t7\n")
    assert next(NiftiSource(cases).drafts()).attributes == {"age": 7}


def test_a_table_that_names_no_case_is_wrong_use(cases, tmp_path):
    with pytest.raises(UsageError, match=r"no column of t.csv names the cases \(p1, p2, p3"):
        NiftiSource(cases, table=write(tmp_path / "t.csv", "who\nx\n")).drafts()
    with pytest.raises(UsageError, match="check --table"):
        NiftiSource(cases, table=tmp_path / "none.csv").drafts()
    with pytest.raises(UsageError, match="check the path"):
        NiftiSource(cases / "p1").drafts()


def test_a_file_that_leaves_is_rejected_and_the_case_kept(cases, tmp_path):
    scan(tmp_path / "secret.nii.gz")
    (cases / "p3" / "t2.nii.gz").symlink_to(tmp_path / "secret.nii.gz")
    found = list(NiftiSource(cases).drafts())
    assert [type(one) for one in found] == [Draft, Draft, Rejected, Draft]
    assert sorted(found[-1].images) == ["t1"]


def test_one_modality_twice_and_masks_alone_are_rejected(cases):
    scan(cases / "p3" / "t1.nii")
    scan(cases / "p4" / "mask.nii.gz", VALUES % 2)
    found = list(NiftiSource(cases).drafts())
    assert [one.reason for one in found if isinstance(one, Rejected)] == [
        "the case has t1 twice, in two formats or compressed and not",
        "the case has masks but no image",
    ]


def test_images_beside_labels(tmp_path):
    scan(tmp_path / "images" / "a.nii.gz")
    scan(tmp_path / "images" / "b.nii.gz")
    scan(tmp_path / "labels" / "a.nii.gz", VALUES % 2)
    write(tmp_path / "cases.csv", "case,split\na,test\nb,train\n")
    first, second = NiftiSource(tmp_path).drafts()
    assert (first.id, first.split, sorted(first.masks), sorted(second.masks)) == ("a", "test", ["label"], [])


class TestDecathlon:
    def root(self, tmp_path, **changes):
        scan(tmp_path / "imagesTr" / "a.nii.gz", np.stack([VALUES, VALUES + 100], axis=-1))
        scan(tmp_path / "imagesTs" / "b.nii.gz", np.stack([VALUES, VALUES + 100], axis=-1))
        scan(tmp_path / "labelsTr" / "a.nii.gz", VALUES % 2)
        record = {
            "modality": {"0": "FLAIR", "1": "T1w"},
            "labels": {"0": "background", "1": "edema"},
            "licence": "CC-BY-SA 4.0",
            "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}],
            "test": ["./imagesTs/b.nii.gz"],
        }
        write(tmp_path / "dataset.json", json.dumps({**record, **changes}))
        return tmp_path

    def test_the_fourth_axis_becomes_modalities(self, tmp_path):
        first, second = NiftiSource(self.root(tmp_path)).drafts()
        assert (first.id, first.split, second.id, second.split) == ("a", "train", "b", "test")
        assert list(first.images) == ["flair", "t1w"]
        assert list(first.masks) == ["edema"]
        assert not second.masks
        assert first.provenance.licence == "CC-BY-SA 4.0"
        assert "label image label: called edema" in first.provenance.steps
        for name, added in (("flair", 0), ("t1w", 100)):
            file = tmp_path / f"{name}.nii.gz"
            file.write_bytes(first.images[name].origin.data)
            np.testing.assert_array_equal(read_pixels(file)[0], VALUES.T + added)

    def test_a_wrong_number_of_modalities_rejects_the_case(self, tmp_path):
        found = list(NiftiSource(self.root(tmp_path, modality={"0": "a", "1": "b", "2": "c"})).drafts())
        assert [type(one) for one in found] == [Rejected, Rejected]
        assert "2 channels" in found[0].reason

    def test_names_that_leave_are_rejected(self, tmp_path):
        scan(tmp_path / "secret.nii.gz")
        root = tmp_path / "set"
        root.mkdir()
        self.root(root, training=[{"image": "../secret.nii.gz"}], test=[], modality={"0": "MRI"})
        found, *others = NiftiSource(root).drafts()
        assert type(found) is Rejected
        assert all(isinstance(other, Unread) for other in others)
        assert "outside" in found.reason

    def test_a_dataset_json_that_leaves_is_not_read(self, tmp_path):
        self.root(tmp_path)
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / "dataset.json").symlink_to(tmp_path / "dataset.json")
        with pytest.raises(UsageError, match="outside"):
            NiftiSource(tmp_path / "set").drafts()

    @pytest.mark.parametrize(
        "text", ["", "[]", "{", '{"training": [1]}', '{"training": {}, "modality": []}', "[" * 99_999]
    )
    def test_a_damaged_dataset_json_is_wrong_use(self, tmp_path, text):
        write(tmp_path / "dataset.json", text)
        with pytest.raises(UsageError, match=r"dataset\.json"):
            list(NiftiSource(tmp_path).drafts())


@pytest.mark.shared
def test_real_tumours_miss_the_modalities_that_they_miss(shared):
    source = NiftiSource(shared / "lgg_mri" / "cases", table=shared / "lgg_mri" / "cases.csv")
    patterns = [" ".join(sorted(d.images)) for d in source.drafts()]
    assert {p: patterns.count(p) for p in patterns} == {"flair post pre": 64, "flair pre": 2, "flair": 6}
