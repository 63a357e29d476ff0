"""Which files are one study and one series: by UIDs where they say it, by folder and geometry where they do not."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid

from lexiscope.sources import Rejected
from lexiscope.sources.scans.dicom import DicomSource

CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def read(path):
    given = list(DicomSource(path).drafts())
    return [d for d in given if not isinstance(d, Rejected)], [d for d in given if isinstance(d, Rejected)]


def values(file):
    return nib.Nifti1Image.from_bytes(gzip.decompress(file.origin.data)).get_fdata()[0, 0].tolist()


def slices(scanner, count=6, *, folder="", start=0, **fields):
    """Files filled with 10 x their position; a field that is callable gives a value for each file."""
    for k in range(count):
        stated = {name: value(k) if callable(value) else value for name, value in fields.items()}
        series = stated.pop("series", "1.2.3")
        pixels = np.full((4, 6), start + 10 * k, np.uint16)
        scanner.slice(f"{folder or 'all'}/{start}_{k}.dcm", pixels, z=3.0 * k, series=series, number=k + 1, **stated)


def without_sop_uids(folder):
    for path in folder.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        del dataset.SOPInstanceUID
        dataset.save_as(path)


def fresh(_):
    return generate_uid()


@pytest.mark.parametrize(
    ("fields", "step"),
    [
        ({"SOPInstanceUID": "1.2.9"}, "6 different files share a SOPInstanceUID; each is kept"),
        ({"SOPInstanceUID": "1.2.9", "StudyInstanceUID": "1.2.9", "series": "1.2.9"}, "share a SOPInstanceUID"),
        ({"series": fresh}, "6 SeriesInstanceUIDs of one row of slices"),
        ({"series": lambda k: f"1.2.{k % 2}"}, "2 SeriesInstanceUIDs of one row of slices"),
        ({"series": ""}, "6 files without SeriesInstanceUID put together"),
        ({"StudyInstanceUID": ""}, "no StudyInstanceUID"),
        ({"StudyInstanceUID": "", "series": ""}, "no StudyInstanceUID"),
        ({"StudyInstanceUID": "", "series": "", "PatientID": ""}, "no StudyInstanceUID"),
        ({"StudyInstanceUID": fresh}, "6 files with a StudyInstanceUID each"),
        ({"SeriesNumber": lambda k: k % 2}, "2 SeriesNumbers of one row of slices"),
        ({"PatientID": lambda k: f"P{k}"}, "with a PatientID each: one study, no patient is named"),
        ({"StudyInstanceUID": fresh, "series": fresh}, "6 files with a StudyInstanceUID each"),
    ],
)
def test_slices_whose_uids_were_lost_or_invented_are_one_volume(scanner, fields, step):
    slices(scanner, **fields)
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    assert [values(file) for file in draft.images.values()] == [[0, 10, 20, 30, 40, 50]]
    assert any(step in told for told in draft.provenance.steps)
    assert len(draft.files) == 6


@pytest.mark.parametrize("fields", [{}, {"StudyInstanceUID": "", "series": ""}])
def test_slices_without_any_sop_uid_are_one_volume(scanner, fields):
    slices(scanner, **fields)
    without_sop_uids(scanner.folder)
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    assert [values(file) for file in draft.images.values()] == [[0, 10, 20, 30, 40, 50]]


def test_two_series_in_one_folder_with_a_uid_each_file_are_two_volumes_of_one_study(scanner):
    slices(scanner, StudyInstanceUID=fresh, series=fresh, SeriesDescription="t1")
    slices(scanner, start=5, StudyInstanceUID=fresh, series=fresh, SeriesDescription="t2", SeriesNumber=2)
    (draft,), rejected = read(scanner.folder)
    assert not rejected
    assert {name: values(file)[0] for name, file in draft.images.items()} == {"mr_t1": 0.0, "mr_t2": 5.0}


def test_one_series_uid_for_two_sequences_is_two_volumes(scanner):
    slices(scanner, SeriesDescription="t1", EchoTime=4.9)
    slices(scanner, start=5, SeriesDescription="t2", EchoTime=90)
    (draft,), _ = read(scanner.folder)
    assert sorted(values(file)[0] for file in draft.images.values()) == [0.0, 5.0]
    assert "mr_t1: split into 2 by description and echo time" in draft.provenance.steps


def test_one_study_uid_for_two_patients_is_a_study_each(scanner):
    slices(scanner, folder="a", PatientID="A")
    slices(scanner, folder="b", start=5, PatientID="B")
    drafts, rejected = read(scanner.folder)
    assert not rejected
    assert [values(*draft.images.values())[0] for draft in drafts] == [0.0, 5.0]
    assert len({draft.group for draft in drafts}) == len({draft.id for draft in drafts}) == 2
    assert all("one StudyInstanceUID for 2 patients: a study for each" in d.provenance.steps for d in drafts)


def test_scattered_single_slices_of_studies_stay_studies(scanner):
    for k, z in enumerate((0.0, 31.0, 47.5, 102.0)):
        scanner.slice(f"{k}.dcm", np.full((4, 6), k, np.uint16), z=z, series=generate_uid(), StudyInstanceUID=fresh(k))
    drafts, _ = read(scanner.folder)
    assert len(drafts) == 4


def test_pictures_without_uids_are_not_put_together(scanner):
    for k in range(3):
        pixels = np.full((4, 6), k, np.uint8)
        fields = {"StudyInstanceUID": "", "PatientID": "", "SOPClassUID": CAPTURE}
        scanner.slice(f"{k}.dcm", pixels, z=None, series="", **fields)
    drafts, _ = read(scanner.folder)
    assert len(drafts) == 3


def test_folders_without_uids_and_dates_are_studies(scanner):
    fields = {"StudyInstanceUID": "", "series": ""}
    slices(scanner, folder="visit 1", **fields)
    slices(scanner, folder="visit 2", start=5, **fields)
    drafts, _ = read(scanner.folder)
    assert [values(*draft.images.values())[0] for draft in drafts] == [0.0, 5.0]
    assert len({draft.group for draft in drafts}) == 1


def test_ids_without_uids_do_not_depend_on_where_the_folder_lies(scanner):
    slices(scanner, folder="a", StudyInstanceUID="", series="", PatientID="")
    ((before,), _) = read(scanner.folder)
    moved = scanner.folder.rename(Path(f"{scanner.folder}_moved"))
    ((after,), _) = read(moved)
    assert before.id == after.id


def test_pictures_of_one_sop_uid_are_kept_apart_by_their_pixels(scanner):
    for k in range(3):
        pixels = np.full((4, 6), min(k, 1), np.uint8)
        scanner.slice(f"{k}.dcm", pixels, z=None, series="1.2.3", SOPInstanceUID="1.9", SOPClassUID=CAPTURE)
    (draft,), _ = read(scanner.folder)
    assert len(draft.images) == 2
    assert {"2 different files share a SOPInstanceUID; each is kept", "1 duplicate files left out"} <= set(
        draft.provenance.steps
    )


def test_a_lost_slice_is_found_without_uids_too(scanner):
    for k in (0, 1, 3, 4, 5, 6, 7):
        scanner.slice(f"{k}.dcm", np.full((4, 6), k, np.uint16), z=3.0 * k, series=fresh(k), StudyInstanceUID=fresh(k))
    drafts, (rejected,) = read(scanner.folder)
    assert drafts == []
    assert "1 of 8 slices are missing" in rejected.reason


def test_series_of_one_folder_that_fill_each_others_gaps_are_one_volume(scanner):
    slices(scanner, series=lambda k: f"1.2.{k % 2}", SeriesNumber=lambda k: 1 + k % 2)
    (draft,), _ = read(scanner.folder)
    assert [values(file) for file in draft.images.values()] == [[0, 10, 20, 30, 40, 50]]
    assert "2 series of one folder fill each other's gaps: one series by geometry" in draft.provenance.steps


def test_series_that_lie_between_each_other_with_other_echoes_stay_two(scanner):
    odd = {"series": lambda k: f"1.2.{k % 2}", "SeriesNumber": lambda k: 1 + k % 2, "EchoTime": lambda k: 10 + k % 2}
    slices(scanner, **odd)
    (draft,), _ = read(scanner.folder)
    assert sorted(values(file) for file in draft.images.values()) == [[0, 20, 40], [10, 30, 50]]
