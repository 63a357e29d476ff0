"""Likeness of free answers to their references, over the questions that leave more open than yes or no."""

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.turn import Turn
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.assistant.measure import AssistantMeasure
from lexiscope.evaluate.assistant.similarity import similarity
from lexiscope.testing.models import tiny_text_tower

_REFERENCES = ("Yes", "two pores and a crack", "a long scratch")


@pytest.fixture
def measure() -> AssistantMeasure:
    cases = [Case(f"c{row}", f"p{row}", Provenance("by hand")) for row in range(3)]
    items = [
        ContextualQuestion(case, Turn("What is seen?", reference), "none", None, features=False)
        for case, reference in zip(cases, _REFERENCES, strict=True)
    ]
    return AssistantMeasure(items, [], seed=0, resamples=10)


def test_the_reference_itself_is_as_near_as_can_be(measure: AssistantMeasure) -> None:
    tower = tiny_text_tower(_REFERENCES)
    guesses = [["No", "nothing at all", "a film"]]
    found = similarity(measure, tower, ["No", *_REFERENCES[1:]], guesses)
    names = ("precision", "recall", "f1")
    assert set(found) == {"bleu4", "rouge_l", *(f"token_similarity_{name}" for name in names)}
    for estimate in found.values():
        assert estimate.value == pytest.approx(1, abs=1e-5)
        assert (estimate.n, estimate.groups) == (2, 2), "the question that is answered by yes or no does not count"
        assert estimate.chance < estimate.value


def test_without_random_answers_there_is_no_chance_level(measure: AssistantMeasure) -> None:
    found = similarity(measure, tiny_text_tower(_REFERENCES), list(_REFERENCES), [])
    assert {estimate.chance for estimate in found.values()} == {None}
