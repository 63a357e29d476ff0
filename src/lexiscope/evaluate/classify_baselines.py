"""What classification would give without looking, or by looking at something else: the baselines beside every score."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lexiscope.evaluate.classify_knowledge import Knowledge
from lexiscope.tasks.calibration import probabilities
from lexiscope.tasks.classify import Prompts
from lexiscope.tasks.learned import Labelled, LearningSet
from lexiscope.tasks.probe import Probe, fit_probe
from lexiscope.tasks.readouts import Readouts

IMAGE = "image_only"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Class probabilities of the measured cases, in place of the probe's and, if it has any, the prompts'."""

    probe: Float[np.ndarray, "n k"]
    prompts: Float[np.ndarray, "n k"] | None = None


def baseline_chances(
    learned: LearningSet,
    measured: Labelled,
    *,
    known: Mapping[str, Knowledge],
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
    - image_text_attributes: those of the three that know anything, together (`_together`);
    - blank_image: the same probe and prompts before an image of one colour;
    - shuffled_labels: a probe fitted on the right images with wrong labels.

    Args:
        known: As `all_knowledge` gives it.
    """
    n, values = len(measured.labels), len(learned.target.values)
    frequent = np.bincount(learned.fit.labels, minlength=values) / len(learned.fit.labels)
    majority = np.tile(frequent, (n, 1))
    nothing, unit = readouts.of_nothing()
    blank = probabilities(fitted.logits(nothing), temperature=fitted.temperature)
    blank_words = probabilities(prompts.logits(unit), temperature=prompts.temperature)
    telling = {name: kind for name, kind in known.items() if kind.says_something}
    alone = {name: _by(learned, kind, seed=seed) for name, kind in telling.items() if name != "image"}
    alone["image"] = probabilities(fitted.logits(measured.features), temperature=fitted.temperature)
    return {
        "majority": Baseline(majority),
        **{f"{name}_only": Baseline(alone.get(name, majority)) for name in known},
        "image_text_attributes": Baseline(_together(alone, telling)),
        "blank_image": Baseline(np.tile(blank, (n, 1)), np.tile(blank_words, (n, 1))),
        "shuffled_labels": Baseline(_by_shuffled_labels(learned, measured, strength=fitted.strength, seed=seed)),
    }


def _by(learned: LearningSet, kind: Knowledge, *, seed: int) -> np.ndarray:
    """A probe on one kind of knowledge, as the one on images."""
    fit, classes = learned.fit, len(learned.target.values)
    made = fit_probe(kind.fit, fit.labels, fit.groups, classes=classes, seed=seed)
    made = made.calibrated(kind.held, learned.calibration.labels)
    return probabilities(made.logits(kind.measured), temperature=made.temperature)


def _together(alone: Mapping[str, np.ndarray], known: Mapping[str, Knowledge]) -> np.ndarray:
    """The product of what each kind says where it knows anything of the case, made to sum to 1: a product of experts.

    A kind that knows nothing of a case has no say in it. The classes weigh the same in every probe, so there is no
    prior to divide out.
    """
    sums = np.zeros_like(next(iter(alone.values())))
    for name, chances in alone.items():
        there = np.isfinite(known[name].measured).any(axis=1)
        sums += np.where(there[:, None], np.log(np.clip(chances, 1e-12, 1.0)), 0.0)
    return probabilities(sums, temperature=1.0)


def _by_shuffled_labels(learned: LearningSet, measured: Labelled, *, strength: float, seed: int) -> np.ndarray:
    fit, classes = learned.fit, len(learned.target.values)
    labels = np.random.default_rng(seed).permutation(fit.labels)
    made = fit_probe(fit.features, labels, fit.groups, classes=classes, strength=strength, seed=seed)
    made = made.calibrated(learned.calibration.features, learned.calibration.labels)
    return probabilities(made.logits(measured.features), temperature=made.temperature)
