import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.some_cases import spread_over_groups
from lexiscope.testing.interpretables import PlantedSubject


def test_fewer_cases_are_of_as_many_groups_as_there_are():
    cases = PlantedSubject().cases(20, per_group=4)
    some = spread_over_groups(cases, 5)
    assert sorted(some.groups) == [f"group-{number}" for number in range(5)]
    assert some.ids == sorted(some.ids, key=lambda name: int(name[5:]))
    assert some.drawn == "5 of 20 cases, of as many groups as there are, were drawn (seed 0)"
    seven = spread_over_groups(cases, 7)
    assert len(set(seven.ids)) == 7
    assert max(map(list(seven.groups).count, seven.groups)) == 2


def test_the_draw_is_that_of_the_seed():
    cases = PlantedSubject().cases(20)
    assert spread_over_groups(cases, 5, seed=1).ids == spread_over_groups(cases, 5, seed=1).ids
    assert spread_over_groups(cases, 5, seed=1).ids != spread_over_groups(cases, 5, seed=2).ids


def test_a_limit_that_leaves_all_changes_nothing_and_none_is_refused():
    cases = PlantedSubject().cases(6)
    assert spread_over_groups(cases, None) is cases
    assert spread_over_groups(cases, 6) is cases
    with pytest.raises(UsageError, match="a limit of cases is 1 or more, got 0"):
        spread_over_groups(cases, 0)
