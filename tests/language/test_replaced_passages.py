"""Passages of one writer are replaced; evidence stays with the passages of others."""

from lexiscope.core import Case, Passage, Provenance, Span, Turn
from lexiscope.language.replaced_passages import with_passages

_OLD, _KEPT = Passage("caption", "Old.", author="me"), Passage("caption", "Glass.")


def _mine(passage):
    return passage.author == "me"


def test_evidence_follows_its_passage_or_goes_with_it():
    turns = (
        Turn("What?", "Glass", evidence=(Span(1, 0, 5),)),
        Turn("How?", "Old", evidence=(Span(0, 0, 3),)),
    )
    case = Case("a", "g", Provenance("table"), texts=(_OLD, _KEPT), turns=turns)
    later = with_passages(case, [Passage("caption", "New.", author="me")], replacing=_mine)
    assert [text.text for text in later.texts] == ["Glass.", "New."]
    assert [turn.evidence for turn in later.turns] == [(Span(0, 0, 5),), ()]


def test_the_same_passages_leave_the_case_as_it_is():
    case = Case("a", "g", Provenance("table"), texts=(_OLD, _KEPT))
    assert with_passages(case, [_OLD], replacing=_mine) is case
