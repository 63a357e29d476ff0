"""Every wording has the slots that its place fills, and says what its table says."""

import string

import pytest

from lexiscope.language.text.lexicon import Lexicon
from lexiscope.simulate.glass import phrases
from lexiscope.simulate.glass.plan import DEFECTS

_SLOTS = {
    "ONE": {"shape", "size"},
    "MANY": {"count", "shape", "size"},
    "UNCOUNTED": {"shape", "size"},
    "PLAIN": set(),
    "PRESENT": {"Thing", "thing", "is"},
    "PRESENT_IN": {"Thing", "thing", "is", "Figure", "figure"},
    "ABSENT": {"or_things", "and_things", "Cap_and_things", "Free", "is"},
    "ABSENT_IN": {"or_things", "and_things", "Cap_and_things", "is", "have", "Figure", "figure"},
    "NEITHER": {"nor_things", "is"},
    "NEITHER_IN": {"nor_things", "is", "Figure", "figure"},
    "BUT": {"Thing", "thing", "or_things", "is"},
    "BUT_IN": {"thing", "Thing", "or_things", "is", "Figure", "figure"},
    "NOTHING": set(),
    "OPENING": {"Sem", "sem", "glass", "with_", "surface", "Surface"},
    "FINING": {"fining", "melt"},
    "COOLING": {"cooling"},
    "HOLDING": {"hold", "hours", "below"},
    "MIXING": set(),
    "MAKING": {"Figure", "figure"},
}


def _wordings(name):
    table = getattr(phrases, name)
    return [each for ways in table.values() for each in ways] if hasattr(table, "values") else list(table)


@pytest.mark.parametrize("name", _SLOTS)
def test_slots(name):
    for wording in _wordings(name):
        slots = {slot for _, slot, _, _ in string.Formatter().parse(wording) if slot is not None}
        assert slots <= _SLOTS[name], wording


def test_every_defect_has_words_and_a_reason():
    for name in DEFECTS:
        assert phrases.PLAIN[name]
        assert phrases.BECAUSE[name]
        assert (name in phrases.ONE) == (name in phrases.MANY) == (name not in phrases.UNCOUNTED)


def test_the_words_of_the_making_name_no_defect():
    lexicon = Lexicon.load()
    read_as = {"bubble", "crack", "crystal", "phase separation", "defect"}
    for name in ("FINING", "COOLING", "HOLDING", "MIXING", "MAKING", "COMPOSITION"):
        for wording in _wordings(name):
            assert not read_as & {statement.concept.name for statement in lexicon.read(wording)}, wording
