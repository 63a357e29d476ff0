"""Agreement by attributes: hand-worked shares, and the query's own group left out."""

import numpy as np
import pytest

from lexiscope.core import Case, Provenance
from lexiscope.evaluate.search.agreement import categorical_attributes, shares_alike


def case(number: int, **attributes) -> Case:
    return Case(f"case-{number}", f"group-{number}", Provenance("testing"), attributes=attributes)


def test_share_of_the_first_k_that_are_alike():
    scores = np.array([[0.9, 0.8, 0.7, 0.1]])  # one text, of case 0
    alike = shares_alike(scores, [0], ["a", "b", "c", "d"], ["x", "x", "y", "y"], 2)
    assert alike.shares.tolist() == [0.5]  # of cases 1 and 2, case 1 is alike
    assert alike.groups == ["a"]
    assert alike.chance == pytest.approx(1 / 3)  # one of three others


def test_own_group_is_left_out():
    scores = np.array([[0.9, 0.8, 0.1]])
    alike = shares_alike(scores, [0], ["a", "a", "b"], ["x", "x", "y"], 1)
    assert alike.shares.tolist() == [0.0]


def test_cases_without_the_attribute_are_neither_queries_nor_hits():
    scores = np.array([[0.9, 0.8, 0.1], [0.9, 0.8, 0.1]])
    alike = shares_alike(scores, [0, 1], ["a", "b", "c"], ["x", None, "x"], 1)
    assert alike.shares.tolist() == [1.0]
    assert alike.groups == ["a"]


def test_only_words_of_few_values_are_categories():
    cases = [case(n, name=f"n{n}", kind="ab"[n % 2], age=n, flag=True, constant="c") for n in range(20)]
    assert categorical_attributes(cases) == ["kind"]
