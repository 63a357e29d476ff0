"""Answers that people give."""

from dataclasses import replace

import pytest

from lexiscope.core import Case, Passage, Provenance, Span, Turn
from lexiscope.core.errors import CaseError
from lexiscope.corpus.corrections.answer import CorrectedAnswer, with_answers
from lexiscope.corpus.corrections.correction import Correction

ASKED = Turn("Is it red?", "Yes", kind="closed", author="template", evidence=(Span(0, 0, 5),), topic="COLOUR")
OTHER = Turn("What is it?", "A disc")
SOURCE = Case("scan-1", "patient-1", Provenance("table"), texts=(Passage("caption", "A red disc."),))


def case_with(*turns: Turn) -> Case:
    return replace(SOURCE, turns=turns)


def corrections(*values: CorrectedAnswer) -> list[Correction]:
    return [Correction(n, "scan-1", value, None, "2026-11-28T16:00:00+00:00") for n, value in enumerate(values, 1)]


def test_an_answer_takes_the_place_of_the_old_one_without_its_evidence() -> None:
    case = with_answers(case_with(ASKED, OTHER), corrections(CorrectedAnswer("Is it red?", "No")))
    assert case.turns == (Turn("Is it red?", "No", kind="closed", author="human", topic="COLOUR"), OTHER)


def test_an_answer_to_a_new_question_is_a_new_turn() -> None:
    value = CorrectedAnswer("Is it violet?", "Yes", "closed")
    case = with_answers(case_with(OTHER), corrections(value))
    assert case.turns == (OTHER, Turn("Is it violet?", "Yes", kind="closed"))


def test_the_newest_counts_and_twice_is_as_good_as_once() -> None:
    made = corrections(CorrectedAnswer("Is it red?", "No"), CorrectedAnswer("Is it red?", "Violet", "open"))
    once = with_answers(case_with(ASKED), made)
    assert [(turn.answer, turn.kind) for turn in once.turns] == [("Violet", "open")]
    assert with_answers(once, made) == once


def test_a_writer_that_asks_again_does_not_bring_the_old_answer_back() -> None:
    made = corrections(CorrectedAnswer("Is it red?", "No"))
    once = with_answers(case_with(ASKED), made)
    assert with_answers(case_with(*once.turns, ASKED), made) == once


def test_what_was_there_is_all_turns_of_the_question() -> None:
    value = CorrectedAnswer("Is it red?", "No")
    assert [turn["answer"] for turn in value.before(case_with(ASKED, OTHER, ASKED)) or ()] == ["Yes", "Yes"]
    assert value.before(case_with(OTHER)) is None


def test_an_empty_answer_is_refused() -> None:
    with pytest.raises(CaseError, match="needs a question and an answer"):
        CorrectedAnswer("Is it red?", " ")
