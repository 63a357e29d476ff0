"""Sets of values and held-back labels, calibrated on held-out cases by hand."""

import numpy as np
import pytest

from lexiscope.core import Case, Provenance
from lexiscope.tasks.classify.conformal_classes import ConformalClasses
from lexiscope.tasks.classify.learning_set import LabelledFeatures


def held_out(labels: list[int], *, per_group: int = 1) -> LabelledFeatures:
    n = len(labels)
    cases = tuple(Case(f"case-{i}", f"group-{i // per_group}", Provenance("by hand")) for i in range(n))
    nothing = np.zeros((n, 1), np.float32)
    return LabelledFeatures(cases, np.array(labels), nothing, nothing, {})


def test_values_and_label_by_the_thresholds_of_ten_groups():
    sure = np.linspace(0.55, 0.95, 20)  # the least sure one is wrong
    probabilities = np.stack([sure, 1 - sure], axis=1)
    conformal = ConformalClasses.of(probabilities, held_out([1] + [0] * 19))
    assert conformal.let_in == pytest.approx(1 - sure[1])  # the 19th strangest of 20 has a mass of 19 / 21 > 0.9
    assert conformal.above == -np.inf  # one wrong and one unseen of 21 are less than a tenth
    assert conformal.of_case({"a": 0.7, "b": 0.3}) == {
        "labels": ["a"],
        "coverage": 0.9,
        "held_back": False,
        "risk": 0.1,
        "groups": 20,
    }
    assert conformal.of_case({"a": 0.5, "b": 0.5})["labels"] == []


def test_a_label_is_held_back_where_the_surest_are_wrong_too():
    sure = np.linspace(0.55, 0.95, 20)
    conformal = ConformalClasses.of(np.stack([sure, 1 - sure], axis=1), held_out([1, 1, 1, 1] + [0] * 16))
    assert conformal.above == pytest.approx(sure[2])
    assert conformal.of_case({"a": 0.58, "b": 0.42})["held_back"]
    assert not conformal.of_case({"a": 0.7, "b": 0.3})["held_back"]


def test_cases_of_few_groups_promise_nothing():
    conformal = ConformalClasses.of(np.tile([0.99, 0.01], (40, 1)), held_out([0] * 40, per_group=20))
    told = conformal.of_case({"a": 0.99, "b": 0.01})
    assert (told["labels"], told["held_back"], told["groups"]) == (["a", "b"], True, 2)
