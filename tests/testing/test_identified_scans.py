"""The files name their patients, and what survives of them is found."""

import shutil

import pydicom

from lexiscope.testing.identified_scans import survivors, write_identified


def test_all_secrets_of_a_copy_survive(tmp_path):
    scans = write_identified(tmp_path / "in", 10)
    shutil.copytree(tmp_path / "in", tmp_path / "out")
    surviving = survivors(scans, tmp_path / "out")
    assert {secret for scan in scans for secret in scan.secrets if len(secret) > 2} <= surviving


def test_each_file_hides_them_in_its_own_way(tmp_path):
    scans = write_identified(tmp_path, 9)
    assert len({scan.way for scan in scans}) == 9
    assert all(len(pydicom.dcmread(scan.path)) > 50 for scan in scans)


def test_nothing_survives_where_nothing_is(tmp_path):
    scans = write_identified(tmp_path / "in", 2)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "audit.json").write_text("{}")
    assert survivors(scans, tmp_path / "out") == set()
