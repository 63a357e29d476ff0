"""What an image shows, taken from its caption."""

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.conversations.rules.subject import ask_subject
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading


@pytest.mark.parametrize(
    ("caption", "answers"),
    [
        ("SEM image of a glass film (70 SiO2, mol%).", ["A glass film."]),
        ("SEM image of the polished surface of glass G11.", ["The polished surface of glass G11."]),
        ("SEM image of sample G37.", []),  # nobody sees its name
        ("SEM image of glass G-3.", []),
        ("SEM image of the materials.", []),
    ],
)
def test_a_subject_is_what_can_be_seen(caption, answers):
    case = Case("f1", "paper", Provenance("by hand"), texts=(Passage("caption", caption),))
    candidates = ask_subject(CaseReading(case, Lexicon.load()), QuestionTemplates.load())
    assert [candidate.turn.answer for candidate in candidates] == answers
