"""Probes change one thing about the words and nothing else."""

from itertools import pairwise

import pytest

from lexiscope.language.instructions.probes import displaced, ladder, left_out, swapped

_TEXT = (
    "Segment the tumour. It lies on the left side, in the anterior third of the volume and measures about "
    "38 x 31 x 20 mm (14.2 ml). It is hyperintense on FLAIR; it is homogeneous."
)


def test_each_sentence_is_left_out_once():
    probes = left_out(_TEXT)
    assert len(probes) == 4
    for sentence, rest in probes.items():
        assert sentence in _TEXT
        assert sentence not in rest
        assert len(rest) == len(_TEXT) - len(sentence) - 1
    assert left_out("the tumour") == {}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("on the left side", "on the right side"),
        ("RIGHT upper lobe", "LEFT lower lobe"),
        ("from front to back", "from back to front"),
        ("midway between left and right", "midway between right and left"),
        ("a bright lesion", None),
        ("the leftover of a lowering", None),
    ],
)
def test_places_become_their_opposites(text, changed):
    assert displaced(text) == changed


def test_twice_displaced_is_as_it_was():
    assert displaced(displaced(_TEXT)) == _TEXT


def test_a_ladder_goes_from_the_name_to_the_whole():
    rungs = ladder("brain_tumour", _TEXT)
    assert rungs[0] == "the brain tumour"
    assert rungs[-1] == _TEXT
    assert all(after.startswith(before) for before, after in pairwise(rungs[1:]))
    assert ladder("tumour", "the tumour") == ("the tumour",)


def test_swapped_instructions_come_from_other_groups_and_the_seed_decides():
    texts = {f"c{n}": f"text {n}" for n in range(12)}
    groups = {f"c{n}": f"g{n // 2}" for n in range(12)}
    drawn = swapped(texts, groups, seed=3)
    owner = {text: groups[case] for case, text in texts.items()}
    assert drawn.keys() == texts.keys()
    assert all(owner[text] != groups[case] for case, text in drawn.items())
    assert drawn == swapped(texts, groups, seed=3) != swapped(texts, groups, seed=4)
    assert swapped({"a": "x", "b": "y"}, {"a": "g", "b": "g"}) == {}
