"""What classification would give without looking: the baselines beside every score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from lexiscope.core.case import Case
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.calibration import probabilities
from lexiscope.tasks.classify import Prompts
from lexiscope.tasks.learned import Labelled, LearningSet
from lexiscope.tasks.probe import Probe, fit_probe
from lexiscope.tasks.readouts import Readouts
from lexiscope.tasks.target import Target, Unstated

_TEXTS = 64


@dataclass(frozen=True, slots=True)
class Baseline:
    """Class probabilities of the measured cases, in place of the probe's and, if it has any, the prompts'."""

    probe: Float[np.ndarray, "n k"]
    prompts: Float[np.ndarray, "n k"] | None = None


def baseline_chances(
    learned: LearningSet, measured: Labelled, *, readouts: Readouts, prompts: Prompts, fitted: Probe, seed: int
) -> dict[str, Baseline]:
    """Every baseline, by name.

    - majority: how frequent each class is among the cases learned from;
    - text_only: a probe on the passages that do not state the attribute, so what is found is given away by others;
    - attributes_only: a probe on the other attributes;
    - blank_image: the same probe and prompts before an image of one colour;
    - shuffled_labels: a probe fitted on the right images with wrong labels.
    """
    n, values = len(measured.labels), len(learned.target.values)
    frequent = np.bincount(learned.fit.labels, minlength=values) / len(learned.fit.labels)
    majority = np.tile(frequent, (n, 1))
    nothing, unit = readouts.of_nothing()
    blank = probabilities(fitted.logits(nothing), temperature=fitted.temperature)
    blank_words = probabilities(prompts.logits(unit), temperature=prompts.temperature)
    return {
        "majority": Baseline(majority),
        "text_only": Baseline(_by_text(learned, measured, readouts.joint, otherwise=majority, seed=seed)),
        "attributes_only": Baseline(_by_attributes(learned, measured, otherwise=majority, seed=seed)),
        "blank_image": Baseline(np.tile(blank, (n, 1)), np.tile(blank_words, (n, 1))),
        "shuffled_labels": Baseline(_by_shuffled_labels(learned, measured, strength=fitted.strength, seed=seed)),
    }


def _by_text(
    learned: LearningSet, measured: Labelled, joint: JointSpace, *, otherwise: np.ndarray, seed: int
) -> np.ndarray:
    def describe(cases: Sequence[Case]) -> np.ndarray:
        return _text_features(joint, [Unstated.of(learned.target, case) for case in cases])

    return _fitted_elsewhere(learned, measured, describe, otherwise=otherwise, seed=seed)


def _by_attributes(learned: LearningSet, measured: Labelled, *, otherwise: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.feature_extraction import DictVectorizer

    target: Target = learned.target
    table = DictVectorizer(sparse=False, dtype=np.float32).fit([target.others(case) for case in learned.fit.cases])
    if not len(table.get_feature_names_out()):
        return otherwise
    return _fitted_elsewhere(
        learned,
        measured,
        lambda cases: table.transform([target.others(case) for case in cases]),
        otherwise=otherwise,
        seed=seed,
    )


def _by_shuffled_labels(learned: LearningSet, measured: Labelled, *, strength: float, seed: int) -> np.ndarray:
    fit, classes = learned.fit, len(learned.target.values)
    labels = np.random.default_rng(seed).permutation(fit.labels)
    made = fit_probe(fit.features, labels, fit.groups, classes=classes, strength=strength, seed=seed)
    made = made.calibrated(learned.calibration.features, learned.calibration.labels)
    return probabilities(made.logits(measured.features), temperature=made.temperature)


def _fitted_elsewhere(
    learned: LearningSet,
    measured: Labelled,
    describe: Callable[[Sequence[Case]], np.ndarray],
    *,
    otherwise: np.ndarray,
    seed: int,
) -> np.ndarray:
    """A probe on something else than images; `otherwise` where that says nothing at all."""
    fit, held = learned.fit, learned.calibration
    features = describe(fit.cases)
    if not np.isfinite(features).any():
        return otherwise
    made = fit_probe(features, fit.labels, fit.groups, classes=len(learned.target.values), seed=seed)
    if len(held.labels):
        made = made.calibrated(describe(held.cases), held.labels)
    return probabilities(made.logits(describe(measured.cases)), temperature=made.temperature)


@torch.inference_mode()
def _text_features(joint: JointSpace, texts: Sequence[Unstated]) -> Float[np.ndarray, "n f"]:
    """The mean over a case's passages of what the text tower says; NaN for a case without any."""
    found = np.full((len(texts), joint.text.width), np.nan, dtype=np.float32)
    words = list(dict.fromkeys(passage.text for own in texts for passage in own.passages))
    rows = {text: place for place, text in enumerate(words)}
    parts = [joint.text_features(words[start : start + _TEXTS]) for start in range(0, len(words), _TEXTS)]
    known = torch.cat(parts).float().cpu().numpy() if parts else found
    for place, own in enumerate(texts):
        if own.passages:
            found[place] = known[[rows[passage.text] for passage in own.passages]].mean(axis=0)
    return found
