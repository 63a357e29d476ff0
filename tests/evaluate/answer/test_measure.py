"""Scores of a set of answers and the baselines beside them, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lexiscope.answering.examples import InstructionExample
from lexiscope.core import Case, Provenance
from lexiscope.core.turn import Turn
from lexiscope.evaluate.answer.baselines import BaselineAnswers, majority_answers, question_only_answers, random_answers
from lexiscope.evaluate.answer.measure import AnswerMeasure
from lexiscope.testing.models import tiny_joint_space


def example(row: int, question: str, answer: str, kind: str) -> InstructionExample:
    return InstructionExample(Case(f"c{row}", f"g{row // 2}", Provenance("by hand")), question, answer, kind)


EXAMPLES = [
    example(0, "Is it red?", "Yes", "closed"),
    example(1, "Is it odd?", "Yes", "closed"),
    example(2, "Is it cut?", "Yes", "closed"),
    example(3, "Is it old?", "No", "closed"),
    example(4, "Where is it?", "left lobe", "open"),
    example(5, "What is it?", "a disc", "open"),
]
GIVEN = BaselineAnswers(["yes", "yes", "no", "no", "the left upper lobe", "a disc"], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4])


def measure(examples=EXAMPLES) -> AnswerMeasure:
    guess = BaselineAnswers(["yes"] * len(examples), [0.0] * len(examples))
    return AnswerMeasure(examples, [guess], seed=0, resamples=20)


def test_scores_by_hand() -> None:
    found = {name: (one.value, one.chance) for name, one in measure().all(GIVEN).items()}
    assert found["exact_match"] == pytest.approx((4 / 6, 3 / 6))
    assert found["closed_accuracy"] == pytest.approx((3 / 4, 3 / 4))  # who always guesses yes is right three times
    assert found["closed_balanced_accuracy"] == pytest.approx(((2 / 3 + 1) / 2, 1 / 2))
    assert found["open_exact_match"] == pytest.approx((1 / 2, 0))
    assert found["open_f1"] == pytest.approx(((2 / 3 + 1) / 2, 0))
    error = 1 - np.array([1, 1, 0, 1, 2 / 3, 1])
    assert found["risk_coverage_area"] == pytest.approx((np.mean(np.cumsum(error) / np.arange(1, 7)), error.mean()))


def test_closed_questions_alone_have_no_open_scores() -> None:
    found = measure(EXAMPLES[:4]).all(BaselineAnswers(GIVEN.answers[:4], GIVEN.scores[:4]))
    assert not [name for name in found if name.startswith("open")]


def test_kinds_and_openings_of_questions_need_five() -> None:
    examples = [example(row, "Is it red?", "Yes", "closed") for row in range(5)] + [
        example(5, "Where?", "left", "open")
    ]
    found = measure(examples).by_kind(BaselineAnswers(["yes"] * 4 + ["no", "left"], [0.5] * 6))
    assert set(found) == {"closed", "is ..."}
    assert found["closed"].value == pytest.approx(0.8)
    assert found["closed"].n == 5


def test_topics_of_the_set_count_each_for_itself() -> None:
    topics = [("PRES",)] * 4 + [("PRES", "POS"), ("POS",)]
    examples = [
        replace(one, turn=Turn(one.question, one.answer, topic="; ".join(own)))
        for one, own in zip(EXAMPLES, topics, strict=True)
    ]
    found = measure(examples).by_topic(GIVEN)
    assert set(found) == {"PRES"}  # two questions about positions are too few
    assert (found["PRES"].value, found["PRES"].n) == (pytest.approx((3 + 2 / 3) / 5), 5)
    assert measure().by_topic(GIVEN) == {}


def test_a_difference_compares_the_same_questions() -> None:
    gained = measure().difference(GIVEN, BaselineAnswers(["no", "no", "yes", "yes", "", ""], [0.0] * 6))
    assert gained["closed_accuracy"].value == pytest.approx(3 / 4 - 1 / 4)
    assert gained["open_f1"].value == pytest.approx((2 / 3 + 1) / 2)
    assert gained["closed_accuracy"].groups == 2


LEARNED = [
    example(10, "Is it red today?", "No", "closed"),
    example(11, "Is it odd today?", "Yes", "closed"),
    example(12, "Is it odd again?", "Yes", "closed"),
    example(13, "Where is it lying?", "left", "open"),
]


def test_the_majority_goes_by_kind_of_question() -> None:
    assert majority_answers(LEARNED, EXAMPLES).answers == ["Yes"] * 4 + ["left"] * 2
    unheard = [example(0, "Is there a defect?", "No", "defect")]
    assert majority_answers(LEARNED, unheard).answers == ["Yes"]  # a kind never learned: the majority of all


def test_spellings_of_one_answer_are_counted_together() -> None:
    answers = ["No", "No", "Yes", "yes", "yes."]
    learned = [example(row, "Is it red?", answer, "closed") for row, answer in enumerate(answers)]
    assert majority_answers(learned, EXAMPLES[:1]).answers == ["Yes"]
    joint = tiny_joint_space(texts=["Is it red?"])
    assert question_only_answers(joint, learned, EXAMPLES[:1]).answers == ["Yes"]


def test_random_answers_follow_the_kind_and_the_seed() -> None:
    drawn = [random_answers(LEARNED, EXAMPLES, seed=seed).answers for seed in range(50)]
    assert all(answers[4:] == ["left", "left"] for answers in drawn)
    assert np.mean([answer == "Yes" for answers in drawn for answer in answers[:4]]) == pytest.approx(2 / 3, abs=0.15)
    assert drawn[0] == random_answers(LEARNED, EXAMPLES, seed=0).answers


def test_the_question_alone_gives_its_wording_away() -> None:
    joint = tiny_joint_space(texts=[one.question for one in LEARNED])
    examples = [example(0, "Is it odd again?", "Yes", "closed"), example(1, "Where is it lying?", "left", "open")]
    found = question_only_answers(joint, LEARNED * 5, examples)
    assert found.answers == ["Yes", "left"]
    assert all(0 < score <= 1.0001 for score in found.scores)
    one_sided = question_only_answers(joint, LEARNED[1:3], examples)  # one answer alone: nothing to regress
    assert one_sided.answers == ["Yes", "Yes"]
