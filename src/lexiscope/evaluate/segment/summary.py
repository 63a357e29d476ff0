"""`summarise`: what was measured case by case, as the numbers of a report."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

import numpy as np

from lexiscope.core.case import Case
from lexiscope.evaluate.evaluation import Measurements
from lexiscope.evaluate.segment.answers import (
    MODEL,
    OTHER_MODEL,
    OTHER_SENTENCE,
    SENTENCE,
    SUBSET,
    UNSEEN,
    WRONG,
    Dsc,
    SegmentAnswers,
)
from lexiscope.evaluate.segment.measure import SegmentMeasure
from lexiscope.evaluate.segment.sentences import LABEL_NAME
from lexiscope.evaluate.segment.subsets import subset_name, subsets_of
from lexiscope.evaluate.statistics import Estimate
from lexiscope.evaluate.verdict import verdict

_Worst: TypeAlias = tuple[float, str, str]  # score, structure, sentence


def summarise(
    cases: Sequence[Case],
    answers: SegmentAnswers,
    *,
    modalities: Sequence[str],
    parameters: Mapping[str, int],
    seed: int,
    resamples: int,
    against: str | None = None,
    notes: Sequence[str] = (),
) -> Measurements:
    """Estimates of what was measured.

    Args:
        cases: Measured cases, in the order of the answers.
        answers: Scores of each case.
        modalities: Modalities that the model reads.
        parameters: Parameters of the model, "trainable" and "total".
        seed: Seed of the bootstrap.
        resamples: Number of resamples.
        against: Path of the model that it was compared with.
        notes: What a reader of the numbers must know.
    """
    measure = SegmentMeasure(cases, seed, resamples, answers.everything)
    unit = next((image.unit for case in cases for image in case.images.values() if image.unit), None) or "px"
    model = answers.dsc.get(MODEL, {})
    others = {run[1]: answers.dsc[run] for run in (OTHER_SENTENCE, OTHER_MODEL) if run in answers.dsc}
    differences = {name: {"mean_dsc": measure.difference(model, dsc)} for name, dsc in others.items()}
    said = [] if against is None else [verdict(differences[OTHER_MODEL[1]], than=against)]
    together = measure.of_groups(answers.counts)
    scores = measure.by_structure(answers.scores, unit=unit)
    return Measurements.about(
        cases,
        {
            **{name: {**of_cases, **together.get(name, {})} for name, of_cases in scores.items()},
            "mean_dsc": measure.mean_dsc(model),
            "absent_false_positive_rate": measure.false_positives(answers.absent.values()),
        },
        baselines={name: {"mean_dsc": measure.mean_dsc(dsc)} for name, dsc in others.items()},
        differences=differences,
        verdicts=said,
        notes=tuple(notes),
        sections={
            **_modalities(measure, answers, modalities),
            **_sentences(measure, answers),
            "parameters": dict(parameters),
            "cost": _cost(cases, answers),
            "false_positives": {kind: measure.false_positives([rows]) for kind, rows in answers.absent.items()},
            "by_case": measure.by_case(model),
            "unit": unit,
        },
    )


def _modalities(measure: SegmentMeasure, answers: SegmentAnswers, modalities: Sequence[str]) -> dict[str, Any]:
    """Section "without", and "subsets" where all together is one of those that were measured."""
    found = {name: measure.mean_dsc(dsc) for name, dsc in answers.of_kind(SUBSET).items()}
    left = {name: subset_name([one for one in modalities if one != name]) for name in modalities}
    without = {name: found.get(subset, Estimate.nothing()) for name, subset in left.items()} if found else {}
    if subset_name(modalities) not in found:
        return {"without": without}
    names = map(subset_name, subsets_of(modalities, every=True))
    return {"without": without, "subsets": {name: found.get(name, Estimate.nothing()) for name in names}}


def _sentences(measure: SegmentMeasure, answers: SegmentAnswers) -> dict[str, Any]:
    """Sections of the probes; none where they were not asked."""
    asked = answers.of_kind(SENTENCE)
    if not asked:
        return {}
    name = asked[LABEL_NAME]
    return {
        "sentences": {
            kind: {"mean_dsc": measure.mean_dsc(dsc), "less_label_name": measure.difference(dsc, name)}
            for kind, dsc in asked.items()
        },
        "wrong_name": _one_by_one(measure, answers.of_kind(WRONG), worst=max),
        "unseen_wording": _one_by_one(measure, answers.of_kind(UNSEEN), less=name, worst=min),
    }


def _one_by_one(
    measure: SegmentMeasure,
    asked: Mapping[str, Dsc],
    *,
    worst: Callable[[Iterable[_Worst]], _Worst],
    less: Dsc | None = None,
) -> dict[str, dict[str, Estimate]]:
    """Structure -> sentence -> DSC, or what it is less than another; and the worst of all."""
    found: dict[str, dict[str, Estimate]] = {}
    for sentence, dsc in asked.items():
        for structure, values in dsc.items():
            told = values if less is None else values - less[structure]
            found.setdefault(structure, {})[sentence] = measure.of_structure(told, chance=None)
    flat = [(one.value or 0.0, structure, sentence) for structure, of in found.items() for sentence, one in of.items()]
    if not flat:
        return {}
    _, structure, sentence = worst(flat)
    return {**found, "worst": {f"{structure}, {sentence}": found[structure][sentence]}}


def _cost(cases: Sequence[Case], answers: SegmentAnswers) -> dict[str, Any]:
    costs = answers.costs
    return {
        "processor_seconds": float(np.mean([one.processor_seconds for one in costs])),
        "peak_memory_mb": max(one.peak_memory_mb for one in costs),
        "by_case": {case.id: asdict(cost) for case, cost in zip(cases, costs, strict=True)},
    }
