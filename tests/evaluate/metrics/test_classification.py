"""Metrics of class probabilities, by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from lexiscope.evaluate.metrics.classification import (
    auc,
    balanced_accuracy,
    brier_score,
    calibration_error,
    sampled_calibration_error,
)


@pytest.fixture
def guesses() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    labels = generator.choice(3, size=80, p=[0.6, 0.3, 0.1])
    chances = generator.dirichlet([1, 1, 1], size=80).round(1) + 0.5 * np.eye(3)[labels]
    return chances / chances.sum(axis=1, keepdims=True), labels


def test_they_agree_with_scikit_learn(guesses):
    chances, labels = guesses
    assert balanced_accuracy(chances, labels) == pytest.approx(balanced_accuracy_score(labels, chances.argmax(axis=1)))
    assert auc(chances, labels) == pytest.approx(roc_auc_score(labels, chances, multi_class="ovr", average="macro"))


def test_a_resample_without_a_class_is_measured_on_the_others(guesses):
    chances, labels = guesses
    kept = labels != 2
    assert 0 < auc(chances[kept], labels[kept]) <= 1
    assert auc(chances[labels == 0], labels[labels == 0]) == 0.5
    assert 0 < balanced_accuracy(chances[kept], labels[kept]) <= 1


def test_calibration_error_by_hand():
    chances = np.array([[0.95, 0.05], [0.95, 0.05], [0.55, 0.45], [0.55, 0.45]])
    labels = np.array([0, 1, 0, 0])
    assert calibration_error(chances, labels) == pytest.approx(0.5 * 0.45 + 0.5 * 0.45)


def test_chance_of_the_calibration_error_is_that_of_sure_guesses():
    sure = np.tile([1.0, 0.0], (200, 1))
    assert sampled_calibration_error(sure, np.arange(200) % 2) == pytest.approx(0.5)


def test_more_bins_tell_confidences_apart():
    chances = np.array([[0.52, 0.48], [0.58, 0.42]])
    labels = np.array([0, 1])
    assert calibration_error(chances, labels) == pytest.approx(0.05)  # one bin: accuracy .5, confidence .55
    assert calibration_error(chances, labels, bins=15) == pytest.approx(0.48 / 2 + 0.58 / 2)


def test_brier_score_of_two_classes_is_twice_that_of_scikit_learn(guesses):
    from sklearn.metrics import brier_score_loss

    chances = guesses[0][:, :1]
    both, labels = np.concatenate([chances, 1 - chances], axis=1), (guesses[1] > 0).astype(int)
    assert brier_score(both, labels) == pytest.approx(2 * brier_score_loss(labels, both[:, 1]))
