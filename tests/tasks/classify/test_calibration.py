"""Temperatures and uncertainties: recovered, ordered, and at their ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from lexiscope.tasks.classify.calibration import fit_temperature, probabilities, uncertainty


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 3)) * 3
    rows = softmax(logits / temperature, axis=1)
    labels = np.array([rng.choice(3, p=row) for row in rows], dtype=np.int64)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.15)


def test_without_labels_logits_stay_as_they_are() -> None:
    assert fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=np.int64)) == 1.0


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=5), st.floats(0.1, 10))
def test_probabilities_sum_to_one_and_keep_the_order(logits: list[float], temperature: float) -> None:
    row = probabilities(np.array([logits]), temperature=temperature)[0]
    assert row.sum() == pytest.approx(1)
    assert row[int(np.argmax(logits))] == row.max()
    assert 0 <= uncertainty(row[None])[0] <= 1 + 1e-9


def test_a_warmer_temperature_is_less_sure() -> None:
    logits = np.array([[2.0, 0.0, -1.0]])
    unsure = [uncertainty(probabilities(logits, temperature=warm))[0] for warm in (0.5, 1.0, 2.0, 100.0)]
    assert unsure == sorted(unsure)
    assert unsure[-1] == pytest.approx(1, abs=1e-3)
