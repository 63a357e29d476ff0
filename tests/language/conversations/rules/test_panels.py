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


def _answers(caption, **where):
    provenance = Provenance("by hand", **where)
    case = Case("f1", "paper", provenance, texts=(Passage("caption", caption),))
    candidates = ask_panels(CaseReading(case, Lexicon.load()), QuestionTemplates.load())
    return [candidate.turn.answer for candidate in candidates if candidate.topic != "which panel"]


@pytest.mark.parametrize(
    ("caption", "answers"),
    [
        (
            "Raman spectra of (a) glass bars and (b) steel bars.",
            ["Raman spectra of glass bars.", "Raman spectra of steel bars."],
        ),
        (
            "Spectra of bottle glass (a) and window glass (b) powders.",
            ["Spectra of bottle glass.", "Spectra of window glass."],
        ),
        ("The curves and hardness of a,b) thin rods and c,d) thick rods pulled in air.", []),  # which of the two?
        ("Glass rods. (a) After one hour of heat. (b) In the cold bath.", []),  # words that hang on nothing
        (
            "Rods. (a) Shows the whole furnace. (b) In the bath, the rods bend.",
            ["The whole furnace.", "In the bath, the rods bend."],
        ),
        ("(a) XRD pattern, (c,d) XPS spectra: (b) survey spectrum.", ["Survey spectrum."]),
    ],
)
def test_an_answer_stands_alone_or_is_not_given(caption, answers):
    assert _answers(caption) == answers


def test_a_picture_of_one_part_is_not_asked_about_the_others():
    caption = "(a) SEM image of glass; (b) photo of the oven."
    assert len(_answers(caption)) == 2
    assert _answers(caption, locator={"panel": "a"}) == []
    assert _answers(caption, steps=("2 more pictures of this figure were left out: b, c",)) == []


def test_words_that_hang_on_a_later_head_are_not_asked_about():
    assert _answers("CV curves of (A) glass and (B) steel bars, voltage profiles of (C) glass, and (D) steel.") == []
    assert _answers("(a) First charge (—) and discharge () of it. (b) The whole furnace.") == ["The whole furnace."]
