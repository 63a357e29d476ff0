"""Answers are supported by sentences that share their words, and by nothing else."""

import pytest

from lexiscope.core.turn import Span
from lexiscope.language.text.grounding import is_same_answer, supporting_spans
from lexiscope.language.text.sentences import Sentence

_SAID = [
    Sentence("SEM image of a glass film with round pores.", Span(0, 0, 43)),
    Sentence("No cracks are seen at the edge.", Span(0, 44, 75)),
    Sentence("The film was made by sputtering.", Span(1, 0, 32)),
]


@pytest.mark.parametrize(
    ("question", "answer", "supported"),
    [
        ("What is it?", "A glass film", [0]),
        ("What is it?", "A sputtered steel plate", []),
        ("Are there cracks?", "No", [1]),
        ("Are there pores?", "No", []),
        ("Are there round pores?", "Yes", [0]),
        ("Describe it.", "A glass film with round pores, made by sputtering", [0, 2]),
        ("Is it?", "Yes", []),
    ],
)
def test_support(question, answer, supported):
    assert supporting_spans(question, answer, _SAID) == tuple(_SAID[place].span for place in supported)


def test_a_guess_that_tells_the_truth():
    assert is_same_answer("I think it is a scanning electron micrograph.", "A scanning electron micrograph.")
    assert not is_same_answer("A photograph.", "A scanning electron micrograph.")
