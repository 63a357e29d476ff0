"""Captions and mentions say of every defect once whether it is present, and how the glass was made."""

import numpy as np
import pytest

from lexiscope.language.text.lexicon import Lexicon
from lexiscope.simulate.glass.figure_text import describe_figure, format_length
from lexiscope.simulate.glass.plan import BUBBLES, CRACKS, CRYSTALS, DEFECTS, PHASES
from lexiscope.simulate.glass.visible_defect import VisibleDefect

READ_AS = dict(zip(DEFECTS, ("bubble", "crack", "crystal", "phase separation"), strict=True))
LEXICON = Lexicon.load()
SHAPES = {BUBBLES: "round", CRACKS: "branched", CRYSTALS: "faceted", PHASES: "interconnected"}


def _text(figure, defects, seed, count=3):
    visible = {name: VisibleDefect(0 if name == PHASES else count, 30.0, SHAPES[name], 0.1) for name in defects}
    return describe_figure(figure(*defects), visible, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("defects", [(), (CRACKS,), (BUBBLES, PHASES), (CRYSTALS, CRACKS, BUBBLES)])
def test_every_defect_is_said_to_be_present_or_absent_and_truly(figure, defects):
    for seed in range(25):
        text = _text(figure, defects, seed)
        whole = " ".join((text.caption, *text.mentions))
        stated = {}
        for statement in LEXICON.read(whole):
            stated.setdefault(statement.concept.name, set()).add(statement.present)
        for name, concept in READ_AS.items():
            assert stated[concept] == {name in defects}, (seed, name, whole)


def test_every_mention_names_the_figure_and_no_slot_is_left_open(figure):
    for seed in range(40):
        text = _text(figure, (CRACKS,), seed)
        assert text.mentions
        assert all("Fig" in mention and "2" in mention for mention in text.mentions)
        assert not any(mark in part for part in (text.caption, *text.mentions) for mark in "{}")
        assert all("  " not in part and part.endswith(".") for part in (text.caption, *text.mentions))


def test_the_making_is_said_in_full(figure):
    for seed in range(20):
        text = _text(figure, (), seed)
        whole = " ".join((text.caption, *text.mentions))
        assert "30 min" in whole
        assert "200 K/min" in whole or "120 K" in whole
        assert "600 °C" in whole


def test_one_defect_takes_a_singular(figure):
    for seed in range(20):
        text = _text(figure, (CRACKS,), seed, count=1)
        whole = " ".join((text.caption, *text.mentions))
        assert " cracks are visible" not in whole


@pytest.mark.parametrize(
    ("nm", "words"), [(1234.0, "1.2 µm"), (87.6, "88 nm"), (23456.0, "23 µm"), (999.9, "1000 nm"), (0.5, "0.5 nm")]
)
def test_lengths_have_two_digits(nm, words):
    assert format_length(nm) == words
