"""No path below the folder of the source reaches a corpus, unless it is asked for."""

import json
from pathlib import Path

import numpy as np
import pytest

from lexiscope.corpus.build import build_corpus
from lexiscope.sources.draft import Rejected, Unread
from lexiscope.sources.scans.dicom.pseudonym import Pseudonyms
from lexiscope.sources.scans.dicom.source import DicomSource
from lexiscope.sources.scans.dicom.stand_in_paths import stand_in

PERSON = ("musterfrau", "erika", "roe")


@pytest.fixture
def folder(scanner):
    """Folders and files called after a patient: a series, a broken series, a report, an empty file, a stray picture."""
    root = scanner.folder
    scanner.folder = root / "Musterfrau_Erika" / "CT"
    scanner.series(3, series="1.2.3", Modality="CT", PatientName="MUSTERFRAU^ERIKA")
    scanner.folder = root / "Musterfrau_Erika" / "Erika gaps"
    scanner.series(5, skip=[2], series="1.2.4", Modality="CT", PatientName="MUSTERFRAU^ERIKA")
    scanner.folder = root / "Roe"
    scanner.slice("Erika.dcm", np.zeros((2, 2), np.uint16), z=None, series="1.2.5", Rows=None, Columns=None)
    scanner.slice("cut.Erika", np.zeros((9, 9), np.uint16), z=None, series="1.2.6", StudyInstanceUID="1.2.7")
    cut = root / "Roe" / "cut.Erika"
    cut.write_bytes(cut.read_bytes()[:-50])
    (root / "Roe" / "MUSTERFRAU.dcm").write_bytes(b"")
    (root / "Roe" / "Roe_photo.png").write_bytes(b"\x89PNG")
    return root


def test_no_name_of_a_folder_or_file_is_told(folder):
    items = list(DicomSource(folder).drafts())
    told = "\n".join(
        f"{item.path} {item.reason} {item.remedy}" if isinstance(item, Rejected) else f"{item.id} {item.provenance}"
        for item in items
    )
    assert not [word for word in PERSON if word in told.lower()]
    rejected = [item for item in items if isinstance(item, Rejected)]
    assert len(rejected) == len({item.path for item in rejected}) == 5
    assert [item.path for item in rejected if isinstance(item, Unread)] != []
    assert all(item.path.startswith(("file-", "folder-")) for item in rejected)


def test_every_file_is_still_accounted_for(folder):
    items = list(DicomSource(folder).drafts())
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert {file for item in items for file in item.files} == files


def test_the_corpus_and_its_rejections_hold_none_either(folder, tmp_path):
    build_corpus(tmp_path / "corpus", DicomSource(folder))
    held = b"".join(path.read_bytes() for path in (tmp_path / "corpus").rglob("*") if path.is_file()).lower()
    held = held.replace(str(folder).lower().encode(), b"")
    assert not [word for word in PERSON if word.encode() in held]
    lines = (tmp_path / "corpus" / "rejected.jsonl").read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 5


def test_paths_are_kept_when_asked(folder):
    items = list(DicomSource(folder, keep_paths=True).drafts())
    paths = {Path(item.path) for item in items if isinstance(item, Rejected)}
    assert {folder / "Roe" / "MUSTERFRAU.dcm", folder / "Musterfrau_Erika" / "Erika gaps"} <= paths
    (draft,) = [item for item in items if not isinstance(item, Rejected)]
    assert draft.provenance.locator["folder"] == "Musterfrau_Erika/CT"


def test_a_stand_in_is_stable_and_keyed():
    path, root = Path("in/Doe/scan.DCM"), Path("in")
    one = stand_in(path, root, Pseudonyms())
    assert one == stand_in(path, root, Pseudonyms())
    assert one != stand_in(path, root, Pseudonyms(b"a key of our own"))
    assert one.endswith(".dcm")
    assert "." not in stand_in(Path("in/scan.Doe"), root, Pseudonyms())
