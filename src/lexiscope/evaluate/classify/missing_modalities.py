"""Classification with missing modalities: the same model and probes, one modality hidden at a time."""

from collections.abc import Sequence
from typing import Any

from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.evaluate.classify.measure import ClassifyMeasure
from lexiscope.evaluate.classify.runs import ClassifyRun, probe_probabilities
from lexiscope.evaluate.statistics import Estimate
from lexiscope.tasks.classify.calibration import probabilities
from lexiscope.tasks.classify.learning_set import LabelledFeatures, LearningSet, read_labelled
from lexiscope.tasks.classify.prompts import Prompts
from lexiscope.tasks.classify.readouts import Readouts


def classifier_metrics(
    measure: ClassifyMeasure, measured: LabelledFeatures, runs: Sequence[ClassifyRun], prompts: Prompts
) -> dict[str, Estimate]:
    """Measure prompts, probe and evidential heads on cases, the mean over the runs."""
    by_words = probabilities(prompts.logits(measured.embeddings), temperature=prompts.temperature)
    probes = [probe_probabilities(run.probe, measured) for run in runs]
    opinions = [run.evidential.judge(measured.features).probabilities for run in runs]
    return {
        "zero_shot_balanced_accuracy": measure.accuracy([by_words]),
        **measure.classifier(probes, accuracy="probe_balanced_accuracy"),
        **measure.classifier(opinions, name="evidential_", accuracy="evidential_balanced_accuracy"),
    }


def hide_each_modality(
    learned: LearningSet,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    readouts: Readouts,
    runs: Sequence[ClassifyRun],
    prompts: Prompts,
    measure: ClassifyMeasure,
) -> dict[str, Any]:
    """Measure again with each modality hidden, nothing being fitted again; empty for one modality.

    A case that has no other modality is left out, so "n" is given beside the metrics.
    """
    if len(readouts.views) < 2:
        return {}
    hidden = {}
    for modality in sorted(readouts.views):
        fewer = readouts.without(modality)
        rest = read_labelled(learned.target, corpus, cases, readouts=fewer, mirror=learned.mirror)
        if len(rest.labels):
            again = ClassifyMeasure(rest.labels, rest.groups, measure.seed, measure.resamples)
            hidden[modality] = {"n": len(rest.labels), "metrics": classifier_metrics(again, rest, runs, prompts)}
    return hidden
