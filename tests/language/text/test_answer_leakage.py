"""Context never gives an answer away: not by the sentence it rests on, nor by another that says the same."""

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span, Turn
from lexiscope.language.text.answer_leakage import leaking_sentences
from lexiscope.language.text.context import context_of
from lexiscope.language.text.lexicon import Lexicon

_CAPTION = "SEM image of soda-lime glass. Two cracks run from the edge. Annealed for an hour."
_MENTION = "Fissures appeared in Figure 1. Bubbles were removed by fining. The rim is milky white."
_CASE = Case("f1", "paper", Provenance("by hand"), texts=(Passage("caption", _CAPTION), Passage("mention", _MENTION)))


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon.load()


def _left(turn, lexicon):
    return context_of(_CASE, "full", without=leaking_sentences(_CASE, turn, lexicon))


def test_every_sentence_about_the_thing_asked_is_left_out(lexicon):
    turn = Turn("Are there any cracks?", "Yes", "defect", evidence=(Span(0, 30, 59),))
    expected = (
        "SEM image of soda-lime glass. Annealed for an hour. Bubbles were removed by fining. The rim is milky white."
    )
    assert _left(turn, lexicon) == expected


def test_a_question_about_the_whole_kind_leaves_nothing_of_the_kind(lexicon):
    left = _left(Turn("Are there any defects?", "Yes", "defect"), lexicon)
    assert left == "SEM image of soda-lime glass. Annealed for an hour. The rim is milky white."


def test_a_sentence_with_the_words_of_the_answer_is_left_out(lexicon):
    left = _left(Turn("What colour is the rim?", "Milky white"), lexicon)
    assert "milky" not in left
    assert "Two cracks" in left
