"""A study becomes images, masks and rejections, without an identifier in any of them."""

import numpy as np

from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.study import hidden, read_study


def instances(scanner):
    return [read_instance(path) for path in sorted(scanner.folder.rglob("*.dcm"))]


def test_series_are_named_by_machine_and_sequence(scanner):
    scanner.series(3, SeriesDescription="t1 mprage of Jane")
    scanner.series(3, SeriesDescription="FLAIR", SeriesNumber=2)
    scanner.series(3, SeriesDescription="FLAIR again", SeriesNumber=3)
    study = read_study(instances(scanner), scanner.folder)
    assert list(study.images) == ["mr_t1", "mr_flair", "mr_flair_2"]
    assert "mr_t1: 3 slices sorted by position" in study.steps
    assert study.rejected == []


def test_a_series_that_cannot_be_used_is_rejected_without_identifiers(scanner):
    scanner.series(6, skip={2}, SeriesDescription="t1")
    study = read_study(instances(scanner), scanner.folder)
    assert study.images == {}
    (rejected,) = study.rejected
    assert "series mr_t1: 1 of 6 slices are missing" in rejected.reason
    assert rejected.remedy


def test_pictures_without_a_place_are_planes_and_many_are_thinned(scanner):
    for number in range(20):
        scanner.slice(f"{number:02}.dcm", np.full((4, 4), number, np.uint8), z=None, series="1.2.3", number=number)
    study = read_study(instances(scanner), scanner.folder)
    assert len(study.images) == 16
    assert study.steps[0] == "mr: 16 of 20 moments or views kept, evenly spread"


def test_ultrasound_has_no_volumes(scanner):
    scanner.series(3, Modality="US")
    assert read_study(instances(scanner), scanner.folder).volumes == []


def test_longer_secrets_are_hidden_first():
    assert hidden("Doe^Jane and Doe", ["Doe", "Doe^Jane"]) == "*** and ***"
