"""Panels of compound figures, as captions list them."""

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.conversations.rules.panels import ask_panels, find_panels
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading


@pytest.mark.parametrize(
    ("caption", "panels"),
    [
        ("(a) SEM image of glass, and (b) optical image of steel.", ["SEM image of glass", "optical image of steel"]),
        ("a) As cast film; b) annealed film", ["As cast film", "annealed film"]),
        ("Film as cast (a) and film after annealing (b).", ["Film as cast", "film after annealing"]),
        ("(a) SEM image of glass; (b,c) photos of the oven.", ["SEM image of glass"] + 2 * ["photos of the oven"]),
        ("(a) as cast film (c) annealed film", []),
        ("(a) This image shows larvae in muscle. (b) A cyst.", ["larvae in muscle", "A cyst"]),
        ("Steel at (a) 950 °C, (b) 1050 °C.", []),
        ("(a) SEM image of glass. Scale bar 2 µm. (b) Photo of the oven.", ["SEM image of glass", "Photo of the oven"]),
    ],
)
def test_panels(caption, panels):
    assert [panel.text for panel in find_panels(caption)] == panels
    assert all(caption[panel.span.start : panel.span.end] == panel.text for panel in find_panels(caption))


def test_a_panel_whose_words_are_a_sentence_is_no_thing_to_look_for():
    texts = (Passage("caption", "(a) These scans compare a brain to another. (b) Here is one with holes."),)
    case = Case("f1", "paper", Provenance("by hand"), texts=texts)
    topics = [candidate.topic for candidate in ask_panels(CaseReading(case, Lexicon.load()), QuestionTemplates.load())]
    assert topics == ["panel a", "panel b"]
