"""Presence is asked about where everything that is known agrees."""

import pytest

from lexiscope.core.turn import Span
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.conversations.rules.presence import ask_presence
from lexiscope.language.text.reading import Presence

TEMPLATES = QuestionTemplates.load()


def _asked(case, known, *, listed_elsewhere=False):
    named = {case.lexicon.concepts[name]: presences for name, presences in known.items()}
    return list(ask_presence(case, named, TEMPLATES, listed_elsewhere=listed_elsewhere))


@pytest.mark.parametrize(
    ("presences", "answers"),
    [
        ([Presence(True)], ["Yes"]),
        ([Presence(False)], ["No"]),
        ([Presence(True), Presence(True, rests_on="mask")], ["Yes"]),
        ([Presence(True), Presence(False)], []),
    ],
)
def test_what_disagrees_is_not_asked(reading, presences, answers):
    asked = _asked(reading("Glass."), {"lesion": presences})
    assert [candidate.turn.answer for candidate in asked] == answers


def test_defects_are_listed_without_their_class(reading):
    asked = _asked(reading("Glass."), {name: [Presence(True)] for name in ("defect", "crack", "pore", "particle")})
    lists = {candidate.topic: candidate.turn for candidate in asked if not candidate.closed}
    assert {topic: (turn.answer, turn.kind) for topic, turn in lists.items()} == {
        "which_defects": ("Cracks and pores or voids.", "defect"),
        "which_features": ("Particles.", "feature"),
    }


def test_an_attribute_that_lists_all_takes_the_lists_place(reading):
    asked = _asked(reading("Glass."), {"crack": [Presence(True)]}, listed_elsewhere=True)
    assert [candidate.topic for candidate in asked] == ["present:crack"]


def test_evidence_is_every_stretch_once_and_text_comes_before_a_mask(reading):
    spans = Span(0, 0, 6), Span(1, 0, 4)
    known = {"crack": [Presence(True, (), "mask"), Presence(True, spans[:1]), Presence(True, spans)]}
    (candidate, *_) = _asked(reading("Glass."), known)
    assert (candidate.turn.evidence, candidate.turn.kind, candidate.rests_on) == (spans, "defect", "text")
    (candidate, *_) = _asked(reading("Glass."), {"crack": [Presence(True, (), "mask")]})
    assert (candidate.turn.evidence, candidate.rests_on) == ((), "mask")
