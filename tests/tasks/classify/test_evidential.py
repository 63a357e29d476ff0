"""Evidential classification of clouds seen by two modalities, one of which knows nothing."""

import numpy as np
import pytest

from lexiscope.core.errors import TrainingError
from lexiscope.tasks.classify.evidential import fit_evidential

BLOCKS = {"eye": slice(0, 6), "noise": slice(6, 12)}


def clouds(seed: int = 0, n: int = 120) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    centres = np.random.default_rng(9).normal(0, 2, (3, 6))
    seen = centres[labels] + generator.normal(0, 1, (n, 6))
    return np.concatenate([seen, generator.normal(0, 1, (n, 6))], axis=1).astype(np.float32), labels


@pytest.fixture(scope="module")
def fitted():
    return fit_evidential(*clouds(), BLOCKS, classes=3, strength=0.1)


def test_the_modality_that_sees_is_surer_than_the_one_that_does_not(fitted):
    features, labels = clouds(seed=1)
    judged = fitted.judge(features)
    assert (judged.probabilities.argmax(axis=1) == labels).mean() > 0.9
    assert judged.of["eye"].uncertainty.mean() < judged.of["noise"].uncertainty.mean() - 0.1


def test_any_subset_of_modalities_is_judged(fitted):
    features, labels = clouds(seed=1)
    features[:, BLOCKS["noise"]] = np.nan
    features[0] = np.nan
    judged = fitted.judge(features)
    assert judged.of["noise"].uncertainty.tolist() == [1.0] * len(labels)
    assert judged.fused.uncertainty[0] == 1.0
    np.testing.assert_allclose(judged.probabilities[0], 1 / 3)
    np.testing.assert_allclose(judged.fused.belief[1:], judged.of["eye"].belief[1:], rtol=1e-5)
    told = judged.of_case(1, ("a", "b", "c"))
    assert set(told) == {"fused", "eye", "noise"}
    assert sum(told["eye"]["belief"].values()) + told["eye"]["uncertainty"] == pytest.approx(1)


def test_strange_cases_are_less_sure_than_known_ones(fitted):
    features, _ = clouds(seed=1)
    middle = np.repeat(clouds()[0].mean(axis=0, keepdims=True), 5, axis=0)
    assert fitted.judge(middle).fused.uncertainty.mean() > fitted.judge(features).fused.uncertainty.mean()


@pytest.mark.slow
def test_one_seed_is_one_result():
    features, labels = clouds()
    once, again = (fit_evidential(features, labels, BLOCKS, classes=3, strength=0.1, seed=4) for _ in range(2))
    np.testing.assert_array_equal(once.judge(features).probabilities, again.judge(features).probabilities)


def test_one_class_is_refused():
    features, labels = clouds()
    with pytest.raises(TrainingError, match="two classes, got 1 in 120 cases"):
        fit_evidential(features, labels * 0, BLOCKS, classes=3, strength=0.1)
