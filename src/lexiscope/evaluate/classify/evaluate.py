"""How well a model tells the values of an attribute, by prompts and by a probe, beside what needs no image."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lexiscope.core.errors import EvaluationError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.classify.baselines import Baseline
from lexiscope.evaluate.classify.fusion import compare_inputs, opinion_metrics, opinions_by_modality
from lexiscope.evaluate.classify.measure import ClassifyMeasure, Metrics
from lexiscope.evaluate.classify.missing_modalities import classifier_metrics, hide_each_modality
from lexiscope.evaluate.classify.runs import ClassifyRun, run_classifiers
from lexiscope.evaluate.classify.text_and_attributes import all_inputs
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.classification import balanced_accuracy
from lexiscope.evaluate.statistics import RESAMPLES
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.learning_set import (
    LabelledFeatures,
    LearningSet,
    read_labelled,
    read_learning_set,
)
from lexiscope.tasks.classify.prompts import zero_shot
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.classify.target import Unstated
from lexiscope.tasks.training_part import training_part

RULE = (
    "Probes are fitted on the cases learned from, their strength by grouped cross-validation there; temperatures on "
    "that corpus's split 'val'. Classes weigh the same. Near-duplicates of images learned from are left out when they "
    "are at most 5 % of the measured cases. Text that states the attribute reaches no classifier. "
    "Intervals: 95 % bootstrap over groups."
)


def evaluate_classification(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    attribute: str,
    split: str = "test",
    learned_from: Corpus | Path | str | None = None,
    prompts: Mapping[str, Sequence[str]] | None = None,
    accept_leak: str | None = None,
    rare: int = 0,
    mirror: bool | None = None,
    seeds: int = 1,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure classification by prompts and by a probe on one split, with baselines and few-shot probes.

    Args:
        attribute: What to predict.
        split: Any split name of the corpus.
        learned_from: The corpus to learn from; what the model was trained on when None.
        prompts: Value -> wordings; see `tasks.prompts`.
        accept_leak: Why a leak between training and this split is acceptable; goes on and is printed with the numbers.
        rare: Values that fewer groups than this have, among the cases learned from, become one, "other".
        mirror: Let the probe see every image also mirrored; None does so where nothing learned from tells the sides.
        seeds: Repeat what depends on chance with so many seeds, from `seed` on: metrics are means over them, with the
            values of each in "by_seed".
        seed: Of folds, draws, first weights and the bootstrap.

    Returns:
        JSON types: task, attribute, values, split, n, metrics, baselines, fusion (images against texts and attributes),
        opinions (by modality), without (each modality left out), few_shot, texts, audit, and what is needed to repeat
        it. Each metric is {"value", "low", "high", "chance"}.

    Raises:
        EvaluationError: the split has no case with an image and the attribute.
        LeakageError: training or the fitting corpus shares what it must not share with the split.
        UsageError: an attribute that is no class.
        ModelError: the model has no joint space, or what it was trained on is gone.
    """
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    source = training_part(model, learned_from)
    gated = MeasuredSplit.of(model, corpus, split, accept_leak=accept_leak, learned_from=source)
    readouts = Readouts(model.joint(), model.views())
    asked = CorpusPart(corpus, split)
    learned = read_learning_set(
        source, readouts, attribute=attribute, min_groups=rare, mirror=mirror, measured=asked, progress=progress
    )
    cases = list(gated.cases())
    measured = read_labelled(learned.target, corpus, cases, readouts=readouts, mirror=learned.mirror, progress=progress)
    if not len(measured.labels):
        msg = f"expected cases with an image and the attribute {attribute!r} in split {split!r}, found none"
        raise EvaluationError(f"{msg}; name another with --split")
    words = zero_shot(learned, readouts, prompts=prompts)
    known = all_inputs(learned, measured, readouts.joint)
    runs = [
        run_classifiers(learned, measured, known=known, readouts=readouts, prompts=words, seed=seed + place)
        for place in range(seeds)
    ]
    measure = ClassifyMeasure(measured.labels, measured.groups, seed, resamples)
    metrics = classifier_metrics(measure, measured, runs, words)
    found = metrics | opinion_metrics(measure, runs)
    sections = {name: _of_baseline(measure, [run.baselines[name] for run in runs]) for name in runs[0].baselines}
    fitted = runs[0].probe
    return {
        "task": "classify",
        "attribute": attribute,
        "values": list(learned.target.values),
        "collapsed": list(learned.target.rare),
        "split": split,
        "n": len(measured.cases),
        "groups": len(set(measured.groups)),
        "metrics": found,
        "baselines": sections,
        "by_seed": _by_seed(measured, runs) if seeds > 1 else {},
        "fusion": compare_inputs(measure, runs, known),
        "opinions": opinions_by_modality(measured, runs, seed=seed, resamples=resamples),
        "without": hide_each_modality(
            learned, corpus, cases, readouts=readouts, runs=runs, prompts=words, measure=measure
        ),
        "few_shot": _few_shots(measure, runs),
        "wordings": {value: list(said) for value, said in words.wordings.items()},
        "probe": {
            "C": fitted.strength,
            "log_likelihood": {str(c): score for c, score in fitted.scores.items()},
            "temperature": fitted.temperature,
            "mirrored": learned.mirror,
        },
        "texts": _texts(learned, measured),
        "fitted_on": {
            **source.to_dict(),
            "n": len(learned.fit.labels),
            "calibrated_on": len(learned.calibration.labels),
        },
        "audit": gated.audit,
        "rule": RULE,
        "corpus": corpus.version,
        "model": model.fingerprint,
        "seed": seed,
        "resamples": resamples,
    }


def _of_baseline(measure: ClassifyMeasure, found: Sequence[Baseline]) -> Metrics:
    words = [baseline.prompts for baseline in found if baseline.prompts is not None]
    by_words = {"zero_shot_balanced_accuracy": measure.accuracy(words)} if words else {}
    probes = [baseline.probe for baseline in found]
    return by_words | measure.classifier(probes, accuracy="probe_balanced_accuracy")


def _by_seed(measured: LabelledFeatures, runs: Sequence[ClassifyRun]) -> dict[str, list[float]]:
    labels = measured.labels
    return {
        "probe_balanced_accuracy": [balanced_accuracy(run.chances, labels) for run in runs],
        "evidential_balanced_accuracy": [balanced_accuracy(run.judged.probabilities, labels) for run in runs],
        **{name: [balanced_accuracy(run.baselines[name].probe, labels) for run in runs] for name in runs[0].baselines},
    }


def _few_shots(measure: ClassifyMeasure, runs: Sequence[ClassifyRun]) -> dict[str, Any]:
    """Shots -> balanced accuracy, the mean over draws."""
    found = {}
    for shots in runs[0].shots:
        draws = [chances for run in runs for chances in run.shots.get(shots, ())]
        found[str(shots)] = {**measure.accuracy(draws), "draws": len(draws)}
    return found


def _texts(learned: LearningSet, measured: LabelledFeatures) -> dict[str, int]:
    """How many passages there are, how many different ones, and how many state the attribute."""
    passages = [passage for case in measured.cases for passage in case.texts]
    allowed = sum(len(Unstated.of(learned.target, case).passages) for case in measured.cases)
    different = len({passage.text for passage in passages})
    return {"passages": len(passages), "different": different, "held_back": len(passages) - allowed}
