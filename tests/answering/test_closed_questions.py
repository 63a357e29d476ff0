"""Answers that the form of a question offers."""

import pytest

from lexiscope.answering.closed_questions import impossible_answers, offered_answers

KNOWN = {"yes", "no", "left", "right", "left lobe", "on the left"}


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("Is there a lesion?", {"yes", "no"}),
        ("DOES it enhance?", {"yes", "no"}),
        ("Where is the lesion?", set()),
        ("Is it left or right?", {"left", "on the left", "right"}),
        ("Is it in the left lobe or the right?", {"left", "left lobe", "on the left", "right"}),
        ("Is it green or blue?", set()),  # neither was ever learned
        ("Is it left or blue?", {"left", "on the left"}),
        ("Yes or no?", set()),  # names no answer but the two that any question may have
        ("Island or not?", set()),
    ],
)
def test_a_question_offers_what_it_names_and_what_was_learned(question: str, offered: set[str]) -> None:
    assert offered_answers(question, KNOWN) == offered


def test_yes_and_no_are_offered_only_where_both_were_learned() -> None:
    assert offered_answers("Is there a lesion?", {"yes", "left"}) == frozenset()


@pytest.mark.parametrize(
    ("question", "ruled_out"),
    [
        ("At what temperature was the glass held?", True),
        ("Which side is it on?", True),
        ("WHERE is the lesion", True),
        ("How many are there?", True),
        ("Is it known what was done?", False),
        ("Was it held at 600 K?", False),
        ("Temperature?", False),
        ("Whatever it is, is it large?", False),
    ],
)
def test_yes_and_no_do_not_answer_what_which_and_where(question: str, *, ruled_out: bool) -> None:
    assert impossible_answers(question) == (frozenset({"yes", "no"}) if ruled_out else frozenset())
