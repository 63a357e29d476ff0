"""BIDS: names of modalities, labels of subjects, tables without quotes, and what stays behind."""

import json
from dataclasses import replace

import pytest

from lexiscope.core import Passage
from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.corpus.exchange import export_corpus
from lexiscope.testing import DraftSource, make_drafts
from lexiscope.testing.drafts import draft

VOLUME = make_drafts(1, volumes=True, size=16)[0]
FILE = VOLUME.images["flair"]


def exported(folder, drafts):
    build_corpus(folder / "corpus", DraftSource(drafts))
    return export_corpus(Corpus.open(folder / "corpus"), folder / "out", form="bids")


@pytest.mark.parametrize(
    ("modality", "name"),
    [
        ("t1w", "T1w"),
        ("mr_t2", "T2w"),
        ("T2-FLAIR", "FLAIR"),
        ("t1ce", "ce-gadolinium_T1w"),
        ("post contrast t1", "ce-gadolinium_T1w"),
        ("pd", "PDw"),
    ],
)
def test_modalities_get_the_names_of_bids(tmp_path, modality, name):
    exported(tmp_path, [replace(VOLUME, images={modality: FILE}, group="p1", id="v1")])
    (path,) = (tmp_path / "out").rglob("*.nii.gz")
    assert path.name == f"sub-p1_ses-v1_{name}.nii.gz"


def test_two_of_one_name_are_runs(tmp_path):
    exported(tmp_path, [replace(VOLUME, images={"t1": FILE, "t1w": FILE, "mr_t1": FILE}, group="p1", id="v1")])
    names = sorted(path.name.removeprefix("sub-p1_ses-v1_") for path in (tmp_path / "out").rglob("*.nii.gz"))
    assert names == ["T1w.nii.gz", "run-2_T1w.nii.gz", "run-3_T1w.nii.gz"]


def test_labels_differ_where_names_do(tmp_path):
    groups = ["p/1", "p-1", "P1", "---"]
    exported(tmp_path, [replace(VOLUME, id=f"v{n}", group=group) for n, group in enumerate(groups)])
    rows = (tmp_path / "out" / "participants.tsv").read_text().splitlines()[1:]
    assert rows == ["sub-p1\tp/1", "sub-p1x2\tp-1", "sub-P1x3\tP1", "sub-x\t---"]


def test_tables_hold_one_line_a_session_and_no_quotes(tmp_path):
    texts = (Passage("report", 'Two\nlines\tof "words".'),)
    exported(tmp_path, [replace(VOLUME, group="p1", id="v1", texts=texts, attributes={"age": 3}, split=None)])
    header, row = (tmp_path / "out" / "sub-p1" / "sub-p1_sessions.tsv").read_text().splitlines()
    assert header.split("\t") == ["session_id", "case", "split", "age", "report"]
    assert row.split("\t") == ["ses-v1", "v1", "n/a", "3", "Two lines of 'words'."]


def test_the_description_names_licence_and_derivatives(tmp_path):
    exported(tmp_path, [replace(VOLUME, masks={"left lesion": FILE})])
    described = json.loads((tmp_path / "out" / "dataset_description.json").read_text())
    assert (described["License"], described["DatasetType"]) == ("CC0-1.0", "raw")
    derived = tmp_path / "out" / "derivatives" / "lexiscope"
    assert json.loads((derived / "dataset_description.json").read_text())["DatasetType"] == "derivative"
    (mask,) = derived.rglob("*_mask.nii.gz")
    assert "desc-leftlesion" in mask.name


def test_pictures_alone_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"fits BIDS \(1 without a volume that BIDS has a name for\)"):
        exported(tmp_path, [draft("a")])
