"""`ClassifyRun`: everything that classifies one set of measured cases for one seed, before any metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lexiscope.evaluate.classify.baselines import Baseline, baseline_probabilities
from lexiscope.evaluate.classify.text_and_attributes import InputFeatures
from lexiscope.tasks.classify.calibration import probabilities
from lexiscope.tasks.classify.evidential import Evidential, EvidentialOpinions
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet
from lexiscope.tasks.classify.methods import evidential, probe
from lexiscope.tasks.classify.probe import Probe, few_shot
from lexiscope.tasks.classify.prompts import Prompts
from lexiscope.tasks.classify.readouts import Readouts

SHOTS = (1, 5, 10)
DRAWS = 5  # few-shot sets drawn for each number of shots


@dataclass(frozen=True, slots=True)
class ClassifyRun:
    """Everything fitted with one seed, and its predictions for the measured cases.

    Args:
        seed: Seed of folds, draws and first weights.
        probe: Logistic regression on all modalities.
        evidential: An opinion for each modality.
        probabilities: The probe's probabilities.
        judged: The opinions.
        baselines: Name -> probabilities of the baseline.
        shots: Number of shots -> probabilities of each draw; only as many shots as every class has.
    """

    seed: int
    probe: Probe
    evidential: Evidential
    probabilities: Float[np.ndarray, "n k"]
    judged: EvidentialOpinions
    baselines: Mapping[str, Baseline]
    shots: Mapping[int, Sequence[Float[np.ndarray, "n k"]]]


def run_classifiers(
    learned: LearningSet,
    measured: LabelledFeatures,
    *,
    known: Mapping[str, InputFeatures],
    readouts: Readouts,
    prompts: Prompts,
    seed: int,
) -> ClassifyRun:
    """Fit all that depends on the seed, and apply it."""
    fitted = probe(learned, seed=seed)
    opinions = evidential(learned, strength=fitted.strength, seed=seed)
    return ClassifyRun(
        seed,
        fitted,
        opinions,
        probe_probabilities(fitted, measured),
        opinions.judge(measured.features),
        baseline_probabilities(
            learned, measured, known=known, readouts=readouts, prompts=prompts, fitted=fitted, seed=seed
        ),
        _few_shots(learned, measured, seed=seed),
    )


def probe_probabilities(fitted: Probe, measured: LabelledFeatures) -> Float[np.ndarray, "n k"]:
    """Calibrated probabilities of a probe."""
    return probabilities(fitted.mean_logits(measured.seen), temperature=fitted.temperature)


def _few_shots(learned: LearningSet, measured: LabelledFeatures, *, seed: int) -> dict[int, list[np.ndarray]]:
    draws_by_shots = {}
    for shots in SHOTS:
        if few_shot(learned.fit.labels, learned.fit.groups, shots=shots, seed=seed) is None:
            break
        draws = range(DRAWS * seed, DRAWS * (seed + 1))
        draws_by_shots[shots] = [
            probe_probabilities(probe(learned, shots=shots, seed=draw), measured) for draw in draws
        ]
    return draws_by_shots
