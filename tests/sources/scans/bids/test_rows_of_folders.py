"""Rows find the folders that they name, with or without prefix; what is only alike is proposed."""

from pathlib import Path

import pytest

from lexiscope.sources.scans.bids.participants import ParticipantFacts
from lexiscope.sources.scans.bids.rows_of_folders import rows_of_folders

FOLDERS = ("sub-001", "sub-002", "sub-003", "sub-A7")


def matched(*names, folders=FOLDERS):
    rows = {name: ParticipantFacts({"name": name}) for name in names}
    return rows_of_folders(rows, folders, prefix="sub-", table=Path("participants.tsv"))


def test_exact_names_and_names_without_prefix_are_found():
    rows = matched("sub-003", "002")
    assert {folder: facts.attributes["name"] for folder, facts in rows.facts.items()} == {
        "sub-003": "sub-003",
        "sub-002": "002",
    }
    assert rows.steps == {"sub-002": "row 002 of participants.tsv taken for sub-002: its prefix is missing"}
    assert rows.rejected == ()


@pytest.mark.parametrize("name", ["sub-1", "1", "01", "sub-0001", "SUB-001", "sub_001", "1.0"])
def test_other_zeros_are_no_match_but_a_proposal(name):
    rows = matched(name)
    assert not rows.facts
    assert rows.rejected[0].reason == f"{name} has no folder; sub-001 is likely meant"
    assert rows.rejected[0].remedy.startswith("write sub-001 in participants.tsv")


@pytest.mark.parametrize("name", ["sub-9", "x", "sub-", "A8"])
def test_what_is_like_none_has_no_folder(name):
    assert matched(name).rejected[0].reason == f"{name} has no folder"


def test_a_choice_is_no_proposal():
    assert matched("1", folders=("sub-01", "sub-001")).rejected[0].reason == "1 has no folder"


def test_one_folder_is_not_given_to_two_rows():
    rows = matched("sub-002", "002")
    assert rows.facts["sub-002"].attributes["name"] == "sub-002"
    assert len(rows.rejected) == 1
