"""Turns and passages: what they refuse."""

from typing import Any

import pytest

from lexiscope.core import Case, Passage, Provenance, Span, Turn
from lexiscope.core.errors import CaseError


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"question": " "}, "needs a question and an answer"),
        ({"answer": ""}, "needs a question and an answer"),
        ({"kind": "maybe"}, "turn kind must be one of open, closed"),
        ({"level": "hard"}, "turn level must be one of simple, complex"),
        ({"topic": "  "}, "topic of a turn must be words"),
    ],
)
def test_a_turn_that_makes_no_sense_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(CaseError, match=said):
        Turn(**{"question": "Is it red?", "answer": "Yes", **fields})


@pytest.mark.parametrize("bounds", [(-1, 0, 2), (0, 2, 2), (0, -1, 2)])
def test_a_span_lies_inside_a_passage(bounds: tuple[int, int, int]) -> None:
    with pytest.raises(CaseError, match="a span needs passage >= 0 and 0 <= start < end"):
        Span(*bounds)


def test_the_evidence_of_a_turn_is_text_of_its_case() -> None:
    words = (Passage("caption", "A red disc."),)
    turn = Turn("Is it red?", "Yes", evidence=(Span(0, 2, 5),))
    case = Case("a", "group", Provenance("by hand"), texts=words, turns=(turn,))
    span = case.turns[0].evidence[0]
    assert case.texts[span.passage].text[span.start : span.end] == "red"
    with pytest.raises(CaseError, match="points outside its 1 passages"):
        Case("a", "group", Provenance("by hand"), texts=words, turns=(Turn("Q?", "A", evidence=(Span(0, 2, 50),)),))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "rumour"}, "passage kind must be one of caption"),
        ({"text": " \n"}, "a caption needs text"),
        ({"author": ""}, "a caption needs an author"),
    ],
)
def test_a_passage_that_makes_no_sense_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(CaseError, match=said):
        Passage(**{"kind": "caption", "text": "A red disc.", **fields})
