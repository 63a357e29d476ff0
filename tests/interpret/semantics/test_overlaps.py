"""IoU as Network Dissection counts it, worked out by hand."""

import numpy as np
import pytest

from lexiscope.interpret.semantics.overlaps import Overlaps


def test_the_iou_of_a_worked_example() -> None:
    overlaps = Overlaps(units=1, blocks=2)
    responds = np.array([[1.0], [1.0], [0.0], [0.0]])
    overlaps.add(0, responds, {"crack": np.array([1.0, 0, 1, 0])})
    assert overlaps.iou()[0, 0, 0] == pytest.approx(1 / 3)
    overlaps.add(1, responds, {"crack": np.array([0.5, 0, 0, 0])})  # covers half of a place
    assert overlaps.iou()[0, 0, 0] == pytest.approx(1.5 / (4 + 2.5 - 1.5))


def test_a_case_in_which_nobody_looked_counts_for_neither_side() -> None:
    overlaps = Overlaps(units=1, blocks=1)
    overlaps.add(0, np.array([[1.0], [0.0]]), {"crack": np.array([1.0, 0.0]), "pore": np.array([0.0, 1.0])})
    overlaps.add(0, np.array([[1.0], [1.0]]), {"crack": np.array([np.nan, np.nan]), "pore": np.array([0.0, 1.0])})
    assert overlaps.concepts == ("crack", "pore")
    assert overlaps.iou()[0, 0].tolist() == [1.0, pytest.approx(1 / 4)]


def test_blocks_count_as_often_as_they_are_weighed() -> None:
    overlaps = Overlaps(units=1, blocks=2)
    overlaps.add(0, np.array([[1.0], [0.0]]), {"crack": np.array([1.0, 0.0])})
    overlaps.add(1, np.array([[1.0], [0.0]]), {"crack": np.array([0.0, 1.0])})
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])
    assert overlaps.iou(weights)[:, 0, 0].tolist() == [1.0, 0.0, pytest.approx(2 / 4)]


def test_a_concept_that_is_nowhere_overlaps_with_nothing() -> None:
    overlaps = Overlaps(units=1, blocks=1)
    overlaps.add(0, np.zeros((2, 1)), {"crack": np.zeros(2)})
    assert overlaps.iou()[0, 0, 0] == 0
    assert overlaps.aligned(("crack", "pore")).tolist() == [[[0.0, 0.0]]]
