"""What no turn may do."""

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span, Turn
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.filters import (
    MENTIONS_SOURCE,
    NOT_GROUNDED,
    UNSEEN_NUMBER,
    refusal_of,
    unseen_number,
)

_CASE = Case("f", "paper", Provenance("by hand"), texts=(Passage("caption", "A film with pores."),))
_EVIDENCE = (Span(0, 0, 18),)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Three pores of 2 µm.", None),
        ("12 cracks", None),
        ("MoS2 on Si", None),
        ("heated to 600 °C", "600 °"),
        ("52% of the cells", "52%"),
        ("a 61-year-old man", "61-year"),
        ("a capacity of 137 mAh", "137"),
        ("in 2017", "2017"),
    ],
)
def test_numbers_that_an_image_shows(text, number):
    assert unseen_number(text) == number


def test_millimetres_need_a_spacing():
    assert unseen_number("a lesion of 12 mm", _CASE) == "12 mm"
    assert unseen_number("a lesion of 12 mm") is None


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        (Turn("What is seen?", "Pores.", evidence=_EVIDENCE), None),
        (Turn("What is seen?", "Pores."), NOT_GROUNDED),
        (Turn("What does the caption say?", "Pores.", evidence=_EVIDENCE), MENTIONS_SOURCE),
        (Turn("What is seen?", "Pores, as in Figure 3.", evidence=_EVIDENCE), MENTIONS_SOURCE),
        (Turn("What is seen?", "A film held at 600 °C.", evidence=_EVIDENCE), UNSEEN_NUMBER),
    ],
)
def test_reasons(turn, reason):
    refused = refusal_of(_CASE, CandidateTurn(turn, "topic"), drawn=False)
    assert (refused and refused[0]) == reason


def test_charts_may_show_any_number():
    turn = Turn("What is plotted?", "The yield at 600 °C.", evidence=_EVIDENCE)
    assert refusal_of(_CASE, CandidateTurn(turn, "topic"), drawn=True) is None
