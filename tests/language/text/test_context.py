"""Levels of context, and answers that are never given away by them."""

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span
from lexiscope.language.text.context import context_of

_TEXTS = (Passage("caption", "Annealed glass. Two cracks."), Passage("mention", "Held at 600 C."))
_CASE = Case("f", "paper", Provenance("by hand"), texts=_TEXTS)


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("none", None),
        ("caption", "Annealed glass. Two cracks."),
        ("full", "Annealed glass. Two cracks. Held at 600 C."),
    ],
)
def test_levels(level, told):
    assert context_of(_CASE, level) == told


def test_the_evidence_of_an_answer_is_left_out():
    assert context_of(_CASE, "caption", without=[Span(0, 20, 22)]) == "Annealed glass."


def test_unknown_level():
    with pytest.raises(UsageError, match="context must be one of none, caption, full, got 'some'"):
        context_of(_CASE, "some")
