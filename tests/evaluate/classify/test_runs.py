"""Everything that depends on one seed: what is fitted, and how often."""

from dataclasses import dataclass

import numpy as np
import pytest

from lexiscope.evaluate.classify.runs import ClassifyRun, probe_probabilities, run_classifiers
from lexiscope.evaluate.classify.text_and_attributes import InputFeatures
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.methods import probe
from lexiscope.tasks.classify.prompts import Prompts


@dataclass
class _Readouts:
    def of_blank_image(self) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((1, 4), np.float32), np.zeros((1, 2), np.float32)


@pytest.fixture
def run(learned: LearningSet, measured: LabelledFeatures) -> ClassifyRun:
    parts = (learned.fit, learned.calibration, measured)
    return run_classifiers(
        learned,
        measured,
        known={"image": InputFeatures(*(part.features for part in parts))},
        readouts=_Readouts(),  # type: ignore[arg-type]
        prompts=Prompts({}, np.eye(2, dtype=np.float32), 1.0, 1.0),
        seed=3,
    )


@pytest.mark.slow
def test_the_probe_and_the_opinions_tell_what_the_features_tell(run: ClassifyRun, measured: LabelledFeatures) -> None:
    assert run.seed == 3
    for probabilities in (run.probabilities, run.judged.probabilities):
        assert (probabilities.argmax(axis=1) == measured.labels).mean() > 0.9
        assert probabilities.sum(axis=1) == pytest.approx(1)


@pytest.mark.slow
def test_few_shot_probes_learn_from_as_many_as_every_class_has(run: ClassifyRun) -> None:
    assert list(run.shots) == [1, 5, 10]
    assert all(len(draws) == 5 for draws in run.shots.values())
    assert not np.array_equal(run.shots[1][0], run.shots[1][1]), "each draw takes other cases"


def test_probabilities_are_calibrated(learned: LearningSet, measured: LabelledFeatures) -> None:
    fitted = probe(learned, seed=0)
    logits = fitted.mean_logits(measured.seen) / fitted.temperature
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert probe_probabilities(fitted, measured) == pytest.approx(softmax)
