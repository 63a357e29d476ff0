"""Rows of participants and sessions: attributes, texts, the split, and what cannot be used."""

from lexiscope.core import Passage
from lexiscope.sources.scans.bids.participants import ParticipantFacts, facts_by


def test_columns_are_what_they_are_called(tmp_path):
    table = tmp_path / "participants.tsv"
    table.write_text(
        "participant_id\tage\tsex\treport\tsplit\nsub-01\t61\tn/a\tFine.\ttrain\nsub-02\tn/a\tF\tn/a\tn/a\n"
    )
    facts, rejected = facts_by(table, "participant_id")
    assert rejected == []
    assert facts["sub-01"] == ParticipantFacts({"age": 61}, (Passage("report", "Fine.", column="report"),), "train")
    assert facts["sub-02"] == ParticipantFacts({"sex": "F"})


def test_rows_without_a_name_and_repeated_ones_are_rejected(tmp_path):
    table = tmp_path / "participants.tsv"
    table.write_text("participant_id\tage\nsub-01\t1\n\t2\nsub-01\t3\nsub-02\t4\t5\n")
    facts, rejected = facts_by(table, "participant_id")
    assert facts == {"sub-01": ParticipantFacts({"age": 1})}
    reasons = [item.reason for item in rejected]
    assert reasons[0] == "the row has no participant_id"
    assert reasons[1] == "sub-01 stands in participants.tsv twice; the first row counts"
    assert "the header has 2" in reasons[2]


def test_no_table_says_nothing(tmp_path):
    assert facts_by(tmp_path / "none.tsv", "participant_id") == ({}, [])


def test_a_session_adds_to_its_subject_and_goes_before_it():
    subject = ParticipantFacts({"age": 61, "sex": "F"}, split="train")
    session = ParticipantFacts({"age": 62}, (Passage("report", "Fine."),))
    both = subject | session
    assert (both.attributes, both.split, len(both.texts)) == ({"age": 62, "sex": "F"}, "train", 1)


def test_the_column_of_names_is_found_whatever_its_capitals(tmp_path):
    table = tmp_path / "participants.tsv"
    table.write_text("Participant_ID \tage\nsub-01\t61\n")
    assert facts_by(table, "participant_id") == ({"sub-01": ParticipantFacts({"age": 61})}, [])
