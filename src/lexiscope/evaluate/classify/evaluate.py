"""Classification measured: the values of an attribute told by prompts and by probes, beside what needs no image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.classify.baselines import Baseline
from lexiscope.evaluate.classify.evaluation import ClassifyOptions
from lexiscope.evaluate.classify.fusion import compare_inputs, opinion_metrics, opinions_by_modality
from lexiscope.evaluate.classify.measure import ClassifyMeasure
from lexiscope.evaluate.classify.missing_modalities import classifier_metrics, hide_each_modality
from lexiscope.evaluate.classify.runs import ClassifyRun, run_classifiers
from lexiscope.evaluate.classify.text_and_attributes import InputFeatures, all_inputs
from lexiscope.evaluate.evaluation import EvaluationContext, Measurements
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.metrics.classification import balanced_accuracy
from lexiscope.evaluate.report.tables import numbers_by_name
from lexiscope.evaluate.statistics import Estimate
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet, read_labelled, read_learning_set
from lexiscope.tasks.classify.prompts import Prompts, zero_shot
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.tasks.classify.target import Unstated
from lexiscope.tasks.training_part import training_part


@dataclass(frozen=True, slots=True)
class ClassifyItems:
    """Cases that are classified, and everything that classifiers may read.

    Args:
        cases: Cases that passed the gate, with or without the attribute.
        learned: Cases learned from.
        measured: Cases with an image and the attribute.
        inputs: Images, texts and attributes of both as features.
        prompts: Classes in words.
    """

    cases: Sequence[Case]
    learned: LearningSet
    measured: LabelledFeatures
    inputs: Mapping[str, InputFeatures]
    prompts: Prompts


@dataclass(frozen=True, slots=True)
class OpenClassify:
    """Classification, ready to be measured. Use `OpenClassify.open`."""

    context: EvaluationContext
    options: ClassifyOptions
    learned_from: CorpusPart
    readouts: Readouts

    @classmethod
    def open(cls, context: EvaluationContext, options: ClassifyOptions) -> "OpenClassify":
        """Find what is learned from, and load the joint space."""
        learned_from = training_part(context.model, options.learned_from)
        return cls(context, options, learned_from, Readouts(context.model.joint(), context.model.views()))

    def items(self, measured: MeasuredSplit) -> ClassifyItems:
        """Cases with an image and the attribute, those learned from, and what each is known by."""
        run, options = self.context, self.options
        learned = read_learning_set(
            self.learned_from,
            self.readouts,
            attribute=options.attribute,
            min_groups=options.min_groups,
            mirror=options.mirror,
            measured=CorpusPart(run.corpus, run.split),
            progress=run.progress,
        )
        cases = list(measured.cases())
        labelled = read_labelled(
            learned.target, run.corpus, cases, readouts=self.readouts, mirror=learned.mirror, progress=run.progress
        )
        if not len(labelled.labels):
            msg = f"expected cases with an image and the attribute {options.attribute!r} in split {run.split!r}"
            raise EvaluationError(f"{msg}, found none; name another with --split")
        prompts = zero_shot(learned, self.readouts, prompts=options.prompts or None)
        return ClassifyItems(cases, learned, labelled, all_inputs(learned, labelled, self.readouts.joint), prompts)

    def answers(self, items: ClassifyItems) -> list[ClassifyRun]:
        """Fit and apply every classifier, once for each seed."""
        first = self.context.seed
        return [
            run_classifiers(
                items.learned,
                items.measured,
                known=items.inputs,
                readouts=self.readouts,
                prompts=items.prompts,
                seed=seed,
            )
            for seed in range(first, first + self.options.seeds)
        ]

    def baselines(self, items: ClassifyItems, answers: Sequence[ClassifyRun]) -> dict[str, list[Baseline]]:
        """Baseline -> its probabilities, once for each seed."""
        del items
        return {name: [run.baselines[name] for run in answers] for name in answers[0].baselines}

    def measure(
        self, items: ClassifyItems, answers: Sequence[ClassifyRun], baselines: Mapping[str, Sequence[Baseline]]
    ) -> Measurements:
        """Balanced accuracy, area under the ROC curve and calibration error, with few-shot probes and opinions."""
        seed, resamples = self.context.seed, self.context.resamples
        measure = ClassifyMeasure(items.measured.labels, items.measured.groups, seed, resamples)
        fusion = compare_inputs(measure, answers, items.inputs)
        texts, by_seed = _texts(items), _by_seed(items.measured, answers) if len(answers) > 1 else {}
        hidden = hide_each_modality(
            items.learned,
            self.context.corpus,
            items.cases,
            readouts=self.readouts,
            runs=answers,
            prompts=items.prompts,
            measure=measure,
        )
        return Measurements.about(
            items.measured.cases,
            classifier_metrics(measure, items.measured, answers, items.prompts) | opinion_metrics(measure, answers),
            baselines={name: _of_baseline(measure, found) for name, found in baselines.items()},
            notes=_notes(items, fusion, texts, by_seed),
            sections={
                **_target(items, self.options.attribute),
                "by_seed": by_seed,
                "fusion": fusion,
                "opinions": opinions_by_modality(items.measured, answers, seed=seed, resamples=resamples),
                "without": hidden,
                "few_shot": _few_shots(measure, answers),
                "wordings": {value: list(wordings) for value, wordings in items.prompts.wordings.items()},
                "probe": _probe(items, answers[0]),
                "texts": texts,
                "fitted_on": self._fitted_on(items.learned),
            },
        )

    def _fitted_on(self, learned: LearningSet) -> dict[str, Any]:
        counts = {"n": len(learned.fit.labels), "calibrated_on": len(learned.calibration.labels)}
        return {**self.learned_from.to_dict(), **counts}


def _target(items: ClassifyItems, attribute: str) -> dict[str, Any]:
    target = items.learned.target
    return {"attribute": attribute, "values": list(target.values), "collapsed": list(target.rare)}


def _probe(items: ClassifyItems, first: ClassifyRun) -> dict[str, Any]:
    probe = first.probe
    return {
        "C": probe.strength,
        "log_likelihood": {str(strength): score for strength, score in probe.scores.items()},
        "temperature": probe.temperature,
        "mirrored": items.learned.mirror,
    }


def _of_baseline(measure: ClassifyMeasure, draws: Sequence[Baseline]) -> dict[str, Estimate]:
    by_prompts = [draw.prompts for draw in draws if draw.prompts is not None]
    zero = {"zero_shot_balanced_accuracy": measure.accuracy(by_prompts)} if by_prompts else {}
    return zero | measure.classifier([draw.probe for draw in draws], accuracy="probe_balanced_accuracy")


def _by_seed(measured: LabelledFeatures, runs: Sequence[ClassifyRun]) -> dict[str, list[float]]:
    labels = measured.labels
    return {
        "probe_balanced_accuracy": [balanced_accuracy(run.probabilities, labels) for run in runs],
        "evidential_balanced_accuracy": [balanced_accuracy(run.judged.probabilities, labels) for run in runs],
        **{name: [balanced_accuracy(run.baselines[name].probe, labels) for run in runs] for name in runs[0].baselines},
    }


def _few_shots(measure: ClassifyMeasure, runs: Sequence[ClassifyRun]) -> dict[str, Estimate]:
    """Shots -> balanced accuracy, the mean over draws."""
    estimates = {}
    for shots in runs[0].shots:
        draws = [probabilities for run in runs for probabilities in run.shots.get(shots, ())]
        estimates[str(shots)] = measure.accuracy(draws, parts={"draws": len(draws)})
    return estimates


def _texts(items: ClassifyItems) -> dict[str, int]:
    """Count passages, different ones, and those that state the attribute."""
    cases = items.measured.cases
    passages = [passage for case in cases for passage in case.statements]
    allowed = sum(len(Unstated.of(items.learned.target, case).passages) for case in cases)
    different = len({passage.text for passage in passages})
    return {"passages": len(passages), "different": different, "held_back": len(passages) - allowed}


def _notes(
    items: ClassifyItems, fusion: Mapping[str, Any], texts: Mapping[str, int], by_seed: Mapping[str, Sequence[float]]
) -> list[str]:
    rare = items.learned.target.rare
    passages = f"{texts['passages']} passages ({texts['different']} different)"
    return [
        *([f"balanced accuracy by seed: {numbers_by_name(by_seed)}"] if by_seed else []),
        *([f"too rare, so counted as 'other': {', '.join(rare)}"] if rare else []),
        f"image, text and attributes: {fusion['verdict']}",
        f"{texts['held_back']} of {passages} state the attribute and were held back",
    ]
