"""Which structures a case is read for ahead of their turn, and that what was read is known."""

import numpy as np

from lexiscope.core import Case, Provenance
from lexiscope.interpret.adapters.scores_ahead import ScoresAhead, Way
from lexiscope.interpret.subject import Cases

CASES = [Case(name, name, Provenance("by hand")) for name in "abc"]


def some(names: str) -> Cases[Case]:
    items = [case for case in CASES if case.id in names]
    return Cases(items, [case.id for case in items], [case.group for case in items], {"t1": np.ones(len(items), bool)})


def test_a_case_is_read_for_structures_that_will_be_asked_for_in_it_later() -> None:
    ahead = ScoresAhead()
    for name, names in (("liver", "abc"), ("spleen", "abc"), ("tumour", "ac")):
        ahead.expect(name, some(names))
    case, other = CASES[0], CASES[1]
    assert ahead.later("liver", case, drawn=False) == ["spleen", "tumour"]
    assert ahead.later("liver", other, drawn=False) == ["spleen"], "no tumour is asked for in it"
    assert ahead.later("liver", case, drawn=True) == ["spleen"], "who stands in is drawn from all cases"
    assert ahead.later("spleen", case, drawn=False) == ["tumour"], "the liver's turn is over"
    assert ahead.later("tumour", case, drawn=False) == []
    assert ahead.later("tumour", other, drawn=False) == []


def test_a_structure_without_a_turn_is_read_alone() -> None:
    ahead = ScoresAhead()
    ahead.expect("spleen", some("abc"))
    assert ahead.later("liver", CASES[0], drawn=False) == []


def test_what_was_made_is_known_of_its_structure_and_case_alone() -> None:
    ahead, way = ScoresAhead(), Way(frozenset({("t1", "")}), None)
    ahead.keep("liver", CASES[0], {way: (0.5, 0.9)})
    assert ahead.known("liver", CASES[0]) == {way: (0.5, 0.9)}
    assert ahead.known("spleen", CASES[0]) == ahead.known("liver", CASES[1]) == {}
