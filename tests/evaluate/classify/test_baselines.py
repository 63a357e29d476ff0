"""Baselines of classification: what each is fitted on, seen in what it can and cannot tell."""

from dataclasses import dataclass

import numpy as np
import pytest

from lexiscope.evaluate.classify.baselines import Baseline, baseline_probabilities
from lexiscope.evaluate.classify.text_and_attributes import InputFeatures
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.methods import probe
from lexiscope.tasks.classify.prompts import Prompts

_NAMES = {
    "majority",
    "image_only",
    "text_only",
    "attributes_only",
    "image_text_attributes",
    "blank_image",
    "shuffled_labels",
}


@dataclass
class _Readouts:
    """As much of `Readouts` as a blank image is."""

    def of_blank_image(self) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((1, 4), np.float32), np.array([[0.8, 0.6]], np.float32)


def _accuracy(baseline: Baseline, measured: LabelledFeatures) -> float:
    return float((baseline.probe.argmax(axis=1) == measured.labels).mean())


@pytest.fixture
def baselines(learned: LearningSet, measured: LabelledFeatures) -> dict[str, Baseline]:
    parts = (learned.fit, learned.calibration, measured)
    nothing = InputFeatures(*(np.full((len(part.labels), 2), np.nan, np.float32) for part in parts))
    facts = InputFeatures(*(part.labels[:, None].astype(np.float32) for part in parts))
    inputs = {"image": InputFeatures(*(part.features for part in parts)), "text": nothing, "attributes": facts}
    prompts = Prompts({}, np.eye(2, dtype=np.float32), 1.0, 1.0)
    return baseline_probabilities(
        learned,
        measured,
        known=inputs,
        readouts=_Readouts(),  # type: ignore[arg-type]
        prompts=prompts,
        fitted=probe(learned, seed=0),
        seed=0,
    )


def test_every_baseline_gives_probabilities(baselines: dict[str, Baseline], measured: LabelledFeatures) -> None:
    assert set(baselines) == _NAMES
    for baseline in baselines.values():
        assert baseline.probe.shape == (len(measured.labels), 2)
        assert baseline.probe.sum(axis=1) == pytest.approx(1)


def test_the_majority_is_how_frequent_classes_are(baselines: dict[str, Baseline]) -> None:
    assert (baselines["majority"].probe == [0.5, 0.5]).all()


def test_what_says_nothing_predicts_the_majority(baselines: dict[str, Baseline]) -> None:
    assert (baselines["text_only"].probe == baselines["majority"].probe).all()


def test_each_input_alone_tells_what_it_holds(baselines: dict[str, Baseline], measured: LabelledFeatures) -> None:
    assert _accuracy(baselines["image_only"], measured) > 0.9
    assert _accuracy(baselines["attributes_only"], measured) == 1
    assert _accuracy(baselines["image_text_attributes"], measured) == 1


def test_a_blank_image_gives_every_case_the_same(baselines: dict[str, Baseline]) -> None:
    blank = baselines["blank_image"]
    assert (blank.probe == blank.probe[:1]).all()
    assert blank.prompts is not None
    assert blank.prompts[0].tolist() == pytest.approx([1 / (1 + np.exp(-0.2)), 1 / (1 + np.exp(0.2))])


def test_shuffled_labels_tell_nothing_although_the_images_do(
    learned: LearningSet, baselines: dict[str, Baseline], measured: LabelledFeatures
) -> None:
    assert len(set(learned.fit.groups)) == 20
    assert 0.2 <= _accuracy(baselines["shuffled_labels"], measured) <= 0.8
    assert np.ptp(baselines["shuffled_labels"].probe[:, 0]) < np.ptp(baselines["image_only"].probe[:, 0])
