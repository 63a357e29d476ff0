"""Scores of class probabilities, by hand: chance levels, several draws, differences on the same cases."""

import numpy as np
import pytest

from lexiscope.evaluate.classify.measure import ClassifyMeasure

_LABELS = np.array([0, 0, 0, 1])
_GROUPS = ["p1", "p1", "p2", "p3"]
_RIGHT = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.2, 0.8]])
_ALWAYS_FIRST = np.tile([0.6, 0.4], (4, 1))


@pytest.fixture
def measure() -> ClassifyMeasure:
    return ClassifyMeasure(_LABELS, _GROUPS, seed=0, resamples=20)


def test_classes_weigh_the_same_and_chance_is_one_over_their_number(measure: ClassifyMeasure) -> None:
    found = measure.accuracy([_ALWAYS_FIRST], parts={"draws": 1})
    assert (found.value, found.chance, found.n, found.groups) == (0.5, 0.5, 4, 3)
    assert found.to_dict()["draws"] == 1


def test_draws_are_scored_alone_and_averaged(measure: ClassifyMeasure) -> None:
    assert measure.accuracy([_RIGHT, _ALWAYS_FIRST]).value == pytest.approx((1.0 + 0.5) / 2)


def test_a_classifier_is_measured_by_accuracy_ranking_and_calibration(measure: ClassifyMeasure) -> None:
    found = measure.classifier([_RIGHT], name="evidential_", accuracy="evidential_balanced_accuracy")
    assert set(found) == {"evidential_balanced_accuracy", "evidential_auc", "evidential_ece"}
    assert found["evidential_auc"].value == 1
    assert found["evidential_ece"].value == pytest.approx(np.mean([0.1, 0.2, 0.3, 0.2]))
    assert found["evidential_ece"].chance > found["evidential_ece"].value, "shuffled labels fit worse"


def test_a_gain_is_the_difference_on_the_same_cases(measure: ClassifyMeasure) -> None:
    gain = measure.gain([_RIGHT], [_ALWAYS_FIRST])
    assert (gain.value, gain.chance) == (0.5, 0.0)
    assert measure.gain([_RIGHT], [_RIGHT]).to_dict()["high"] == 0


def test_uncertainty_is_worth_what_it_tells_of_mistakes(measure: ClassifyMeasure) -> None:
    unsure_when_wrong = np.array([0.1, 0.1, 0.1, 0.9])
    assert measure.mistakes_seen([_ALWAYS_FIRST], [unsure_when_wrong]).value == 1
    assert measure.mistakes_seen([_ALWAYS_FIRST], [1 - unsure_when_wrong]).value == 0
    assert measure.mistakes_seen([_RIGHT], [unsure_when_wrong]).value == 0.5, "nothing is wrong"
