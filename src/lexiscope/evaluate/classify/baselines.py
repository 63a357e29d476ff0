"""Baselines of classification: class probabilities without the image, or from something else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.evaluate.classify.text_and_attributes import InputFeatures
from lexiscope.evaluate.perturbations import other_group_rows
from lexiscope.tasks.classify.calibration import probabilities
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.probe import Probe, fit_probe
from lexiscope.tasks.classify.prompts import Prompts
from lexiscope.tasks.classify.readouts import Readouts

_DRAWS = 100  # of shuffled labels, before a set of one class is given up


@dataclass(frozen=True, slots=True)
class Baseline:
    """Class probabilities of the measured cases.

    Args:
        probe: Probabilities in the place of the probe's.
        prompts: Probabilities in the place of the prompts'; None where the baseline has none.
    """

    probe: Float[np.ndarray, "n k"]
    prompts: Float[np.ndarray, "n k"] | None = None


def baseline_probabilities(
    learned: LearningSet,
    measured: LabelledFeatures,
    *,
    known: Mapping[str, InputFeatures],
    readouts: Readouts,
    prompts: Prompts,
    fitted: Probe,
    seed: int,
) -> dict[str, Baseline]:
    """Every baseline, by name.

    - majority: how frequent each class is among the cases learned from;
    - image_only: the probe itself;
    - text_only: a probe on the passages that do not state the attribute, so what is found is given away by others;
    - attributes_only: a probe on the other attributes;
    - image_text_attributes: a probe on all three, in which each counts the same;
    - blank_image: the same probe and prompts before an image of one colour;
    - shuffled_labels: a probe fitted on images with the label of a case of another group.

    Args:
        learned: Cases learned from.
        measured: Cases measured.
        known: Image, text and attributes of both as features.
        readouts: The model, to see a blank image.
        prompts: Classes in words.
        fitted: The probe that is measured.
        seed: Seed of folds and of what is shuffled.
    """
    n, values = len(measured.labels), len(learned.target.values)
    frequent = np.bincount(learned.fit.labels, minlength=values) / len(learned.fit.labels)
    majority = np.tile(frequent, (n, 1))
    nothing, unit = readouts.of_blank_image()
    blank = probabilities(fitted.logits(nothing), temperature=fitted.temperature)
    blank_words = probabilities(prompts.logits(unit), temperature=prompts.temperature)
    telling = {name: kind for name, kind in known.items() if kind.says_something}
    alone = {name: _by(learned, kind, seed=seed) for name, kind in telling.items() if name != "image"}
    alone["image"] = probabilities(fitted.mean_logits(measured.seen), temperature=fitted.temperature)
    return {
        "majority": Baseline(majority),
        **{f"{name}_only": Baseline(alone.get(name, majority)) for name in known},
        "image_text_attributes": Baseline(
            _together(learned, telling, seed=seed) if len(telling) > 1 else alone["image"]
        ),
        "blank_image": Baseline(np.tile(blank, (n, 1)), np.tile(blank_words, (n, 1))),
        "shuffled_labels": Baseline(_by_shuffled_labels(learned, measured, strength=fitted.strength, seed=seed)),
    }


def _by(learned: LearningSet, kind: InputFeatures, *, blocks: Sequence[slice] = (), seed: int) -> np.ndarray:
    """A probe on some knowledge, as the one on images."""
    fit, classes = learned.fit, len(learned.target.values)
    made = fit_probe(kind.fit, fit.labels, fit.groups, classes=classes, blocks=blocks, seed=seed)
    made = made.calibrated([kind.held], learned.calibration.labels)
    return probabilities(made.logits(kind.measured), temperature=made.temperature)


def _together(learned: LearningSet, known: Mapping[str, InputFeatures], *, seed: int) -> np.ndarray:
    """One probe on all of it, in which image, text and attributes count the same; what is not known says nothing."""
    kinds = list(known.values())
    ends = accumulate(kind.fit.shape[1] for kind in kinds)
    blocks = [slice(start, end) for start, end in pairwise([0, *ends])]
    joined = InputFeatures(
        np.concatenate([kind.fit for kind in kinds], axis=1),
        np.concatenate([kind.held for kind in kinds], axis=1),
        np.concatenate([kind.measured for kind in kinds], axis=1),
    )
    return _by(learned, joined, blocks=blocks, seed=seed)


def _by_shuffled_labels(learned: LearningSet, measured: LabelledFeatures, *, strength: float, seed: int) -> np.ndarray:
    fit, classes = learned.fit, len(learned.target.values)
    labels = np.tile(_labels_of_others(fit, seed=seed), len(fit.seen))
    groups = fit.groups * len(fit.seen)
    made = fit_probe(np.concatenate(fit.seen), labels, groups, classes=classes, strength=strength, seed=seed)
    made = made.calibrated(learned.calibration.seen, learned.calibration.labels)
    return probabilities(made.mean_logits(measured.seen), temperature=made.temperature)


def _labels_of_others(fit: LabelledFeatures, *, seed: int) -> Int64[np.ndarray, " n"]:
    """Labels of cases of other groups, drawn again where all of them would be the same."""
    draws = (fit.labels[other_group_rows(fit.cases, seed=seed + draw)] for draw in range(_DRAWS))
    return next((labels for labels in draws if len(np.unique(labels)) > 1), fit.labels)
