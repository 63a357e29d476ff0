"""Gain of fusion: modalities fused by evidence, and images together with texts and attributes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lexiscope.evaluate.classify.measure import ClassifyMeasure
from lexiscope.evaluate.classify.runs import ClassifyRun
from lexiscope.evaluate.classify.text_and_attributes import InputFeatures
from lexiscope.evaluate.statistics import Estimate
from lexiscope.evaluate.verdict import difference_in_words
from lexiscope.tasks.classify.learning_set import LabelledFeatures

FUSED = "image_text_attributes"


def compare_inputs(
    measure: ClassifyMeasure, runs: Sequence[ClassifyRun], known: Mapping[str, InputFeatures]
) -> dict[str, Any]:
    """Compare image, text and attributes together with each alone, in numbers and in words.

    Returns:
        "known": kind -> share of measured cases it knows anything about; "gain": kind -> balanced accuracy of all
        together less that of the kind alone, on the same resampled groups; "verdict": one sentence.
    """
    alone = {f"{name}_only": kind for name, kind in known.items() if kind.says_something}
    together = [run.baselines[FUSED].probe for run in runs]
    gain = {name: measure.gain(together, [run.baselines[name].probe for run in runs]) for name in alone}
    share = {name: float(np.isfinite(kind.measured).any(axis=1).mean()) for name, kind in known.items()}
    score = {name: measure.accuracy([run.baselines[name].probe for run in runs]).value or 0.0 for name in alone}
    return {"known": share, "gain": gain, "verdict": _verdict(score, gain)}


def opinion_metrics(measure: ClassifyMeasure, runs: Sequence[ClassifyRun]) -> dict[str, Estimate]:
    """Measure how well the fused uncertainty tells wrong answers from right ones."""
    draws = [run.judged.probabilities for run in runs]
    unsure = [run.judged.fused.uncertainty.numpy() for run in runs]
    return {"evidential_uncertainty_auc": measure.mistakes_seen(draws, unsure)}


def opinions_by_modality(
    measured: LabelledFeatures, runs: Sequence[ClassifyRun], *, seed: int, resamples: int
) -> dict[str, Any]:
    """Measure each opinion alone.

    Returns:
        "fused" and modality -> number of cases that have it, mean uncertainty there, and balanced accuracy.
    """
    measured_opinions = {}
    for name in ("fused", *runs[0].judged.of):
        opinions = [run.judged.fused if name == "fused" else run.judged.of[name] for run in runs]
        rows = np.flatnonzero((opinions[0].uncertainty < 1).numpy())
        if not len(rows):
            continue
        measure = ClassifyMeasure(measured.labels[rows], [measured.groups[row] for row in rows], seed, resamples)
        measured_opinions[name] = {
            "n": len(rows),
            "uncertainty": float(np.mean([opinion.uncertainty.numpy()[rows].mean() for opinion in opinions])),
            "balanced_accuracy": measure.accuracy([opinion.probabilities.numpy()[rows] for opinion in opinions]),
        }
    return measured_opinions


def _verdict(score: Mapping[str, float], gain: Mapping[str, Estimate]) -> str:
    best = max(score, key=lambda name: score[name])
    kind = best.removesuffix("_only")
    if len(score) == 1:
        return f"{kind} is all that is known"
    return f"together against {kind} alone, the best of {len(score)}: {difference_in_words(gain[best])}"
