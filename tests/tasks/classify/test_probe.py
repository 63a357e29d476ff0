"""Probes and temperatures: what they find, what they refuse, and that wide features give the same answer as sklearn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from lexiscope.core.errors import TrainingError
from lexiscope.tasks.classify.calibration import fit_temperature, probabilities, uncertainty
from lexiscope.tasks.classify.probe import few_shot, fit_probe


def clouds(n: int = 60, width: int = 8, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centres = np.random.default_rng(9).normal(0, 1.5, (classes, width))
    features = (centres[labels] + generator.normal(0, 1, (n, width))).astype(np.float32)
    return features, labels, [f"group-{row // 2}" for row in range(n)]


@pytest.mark.parametrize("classes", [2, 3])
def test_a_probe_finds_classes_that_lie_apart(classes):
    features, labels, groups = clouds(classes=classes)
    probe = fit_probe(features, labels, groups, classes=classes)
    again, truth, _ = clouds(classes=classes, seed=1)
    assert (probe.logits(again).argmax(axis=1) == truth).mean() > 0.9
    assert probe.strength in probe.scores


def test_more_features_than_cases_give_the_optimum_of_sklearn():
    features, labels, groups = clouds(n=30, width=200)
    probe = fit_probe(features, labels, groups, classes=3, strength=0.01)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    exact = LogisticRegression(C=0.01, class_weight="balanced", max_iter=2000, tol=1e-8).fit(scaled, labels)
    np.testing.assert_allclose(
        probabilities(probe.logits(features), temperature=1), exact.predict_proba(scaled), atol=1e-3
    )


def test_a_missing_modality_says_nothing():
    features, labels, groups = clouds()
    features[::7, :4] = np.nan
    probe = fit_probe(features, labels, groups, classes=3, strength=0.01)
    nothing = np.full((1, 8), np.nan, dtype=np.float32)
    np.testing.assert_allclose(probe.logits(nothing)[0], probe.bias)
    assert np.isfinite(probe.logits(features)).all()


def test_sources_count_the_same_whatever_their_numbers_of_columns():
    few, labels, groups = clouds(n=60, width=2)
    many = np.random.default_rng(3).normal(0, 1, (60, 400)).astype(np.float32)
    both = np.concatenate([few, many], axis=1)
    blocks = [slice(0, 2), slice(2, 402)]
    alike = fit_probe(both, labels, groups, classes=3, strength=0.01)
    even = fit_probe(both, labels, groups, classes=3, strength=0.01, blocks=blocks)
    share = {}
    for name, probe in (("alike", alike), ("even", even)):
        parts = [np.std(both[:, block] / probe.std[block] @ probe.weight[:, block].T) for block in blocks]
        share[name] = parts[0] / sum(parts)
    assert share["even"] > 2 * share["alike"]
    variance = [float((np.std(both[:, block] / even.std[block], axis=0) ** 2).sum()) for block in blocks]
    assert variance[0] == pytest.approx(variance[1], rel=1e-3)


def test_a_class_without_a_case_is_never_predicted():
    features, labels, groups = clouds(classes=2)
    probe = fit_probe(features, labels, groups, classes=4, strength=0.01)
    assert probabilities(probe.logits(features), temperature=probe.temperature)[:, 2:].max() < 1e-6


def test_one_class_is_refused():
    features, labels, groups = clouds()
    with pytest.raises(TrainingError, match="two classes, got 1 in 60 cases"):
        fit_probe(features, labels * 0, groups, classes=3)


def test_few_shots_come_from_different_groups_and_by_seed_alone():
    _, labels, _ = clouds(n=60)
    groups = [f"group-{row // 6}" for row in range(60)]
    rows = few_shot(labels, groups, shots=5, seed=3)
    assert rows is not None
    assert np.bincount(labels[rows]).tolist() == [5, 5, 5]
    assert all(len({groups[row] for row in rows if labels[row] == label}) == 5 for label in range(3))
    np.testing.assert_array_equal(rows, few_shot(labels, groups, shots=5, seed=3))
    assert few_shot(labels, groups, shots=21, seed=0) is None


def test_temperature_makes_confidence_the_share_that_is_right():
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 1, (4000, 3))
    chances = probabilities(logits, temperature=1)
    labels = np.array([generator.choice(3, p=row) for row in chances])
    assert fit_temperature(5 * logits, labels) == pytest.approx(5, rel=0.1)
    assert fit_temperature(logits[:0], labels[:0]) == 1.0


def test_uncertainty_runs_from_sure_to_a_guess():
    chances = np.array([[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(uncertainty(chances), [0, 1], atol=1e-6)
