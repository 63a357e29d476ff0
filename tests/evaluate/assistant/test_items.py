"""Questions of an evaluation: every turn at every level of context, and of many turns a fair part."""

from collections import Counter
from dataclasses import replace

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Turn
from lexiscope.evaluate.assistant.items import draw_turns, items_of
from lexiscope.language.text.lexicon import Lexicon

_CASE = Case(
    "f1",
    "paper",
    Provenance("by hand"),
    texts=(Passage("caption", "Annealed glass. Two cracks."), Passage("mention", "It was held at 600 C.")),
)


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon.load()


def test_a_turn_is_asked_at_each_level_answer_free_and_as_published(lexicon):
    items = items_of([(_CASE, Turn("Any cracks?", "Yes", "defect"))], lexicon=lexicon)
    assert [(item.at, item.context) for item in items] == [
        ("none", None),
        ("caption", "Annealed glass."),
        ("full", "Annealed glass. It was held at 600 C."),
        ("caption as published", "Annealed glass. Two cracks."),
        ("full as published", "Annealed glass. Two cracks. It was held at 600 C."),
    ]
    assert {item.truth for item in items} == {True}


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Turn("Which features are visible?", "Pores.", "feature"), True),
        (Turn("Which defects are visible?", "Cracks.", "defect"), True),
        (Turn("Describe this image in detail.", "A film with pores.", "open", "complex"), True),
        (Turn("Describe this image in detail.", "A nice picture.", "open", "complex"), False),
        (Turn("Are there cracks?", "Yes", "defect"), False),
        (Turn("How hot was it?", "600 C"), False),
    ],
)
def test_features_are_asked_for_where_a_list_or_a_description_names_some(lexicon, turn, expected):
    assert {item.features for item in items_of([(_CASE, turn)], lexicon=lexicon)} == {expected}


def test_a_draw_takes_turns_from_every_kind_and_level():
    many = [(_CASE, Turn(f"Question {n}?", "Yes", "closed")) for n in range(50)]
    few = [(_CASE, replace(turn, kind="defect", level="complex")) for _, turn in many[:3]]
    drawn = draw_turns([*many, *few], limit=10, seed=0)
    rare = (_CASE, Turn("Rare?", "No", "closed"))
    assert rare in draw_turns([*many, rare], limit=2, seed=0), "yes does not crowd out no"
    assert Counter(turn.kind for _, turn in drawn) == {"closed": 7, "defect": 3}
    assert drawn == draw_turns([*many, *few], limit=10, seed=0) != draw_turns([*many, *few], limit=10, seed=1)
    assert draw_turns(many, limit=None, seed=0) == many
