import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.coalitions import coalition_outcomes, coalition_scores, donor_rows, subsets
from lexiscope.testing.interpretables import PlantedSubject


def test_columns_are_binary_numbers_of_the_inputs_kept():
    assert [sorted(kept) for kept in subsets(("a", "b", "c"))][5] == ["a", "c"]


def test_xor_is_known_with_both_inputs_alone():
    subject = PlantedSubject()
    table = coalition_scores(subject, subject.cases(150))
    assert table.shape == (150, 4)
    assert np.allclose(table[:, :3], 0.5)
    assert table[:, 3].min() > 0.95


def test_marginal_removal_of_an_unread_input_changes_nothing_and_of_the_read_one_gives_chance():
    subject = PlantedSubject(rule="first")
    table = coalition_scores(subject, subject.cases(400), removal="marginal", draws=8)
    assert np.allclose(table[:, 1], table[:, 3])
    assert abs(table[:, 2].mean() - 0.5) < 0.05


def test_donors_come_from_other_groups_and_reach_all_of_them():
    groups = ["b", "a", "b", "c", "a", "b"]
    rows = donor_rows(groups, draws=200, seed=0)
    for row, group in enumerate(groups):
        assert {groups[donor] for donor in rows[row]} == {"a", "b", "c"} - {group}
        assert len(set(rows[row])) == sum(other != group for other in groups)


def test_donors_of_a_single_group_are_other_cases():
    rows = donor_rows(["a"] * 4, draws=50, seed=0)
    assert all(row not in rows[row] for row in range(4))


def test_too_many_inputs_and_no_cases_are_wrong_use():
    subject = PlantedSubject()
    many = PlantedSubject(inputs=tuple(f"x{number}" for number in range(11)))
    with pytest.raises(UsageError, match="at most 10 inputs, got 11"):
        coalition_scores(many, many.cases(4))
    with pytest.raises(UsageError, match="expected cases"):
        coalition_scores(subject, subject.cases(4).take([]))
    with pytest.raises(UsageError, match="at least 2 cases, got 1"):
        coalition_scores(subject, subject.cases(1), removal="marginal")


def test_progress_moves_with_every_draw():
    subject, told = PlantedSubject(), []
    asked = {"removal": "marginal", "seed": 0, "draws": 4, "progress": lambda *done: told.append(done[:2])}
    (draws,) = coalition_outcomes(subject, subject.cases(10), [frozenset("a")], **asked)
    assert len(draws) == 4
    assert told == [(2, 10), (5, 10), (7, 10), (10, 10)]
