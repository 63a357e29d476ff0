"""`evaluate_model`: the one way to every measurement; `run_evaluation`, its steps."""

from pathlib import Path
from typing import Any

from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress
from lexiscope.core.record import installed_versions
from lexiscope.core.settings import Settings
from lexiscope.corpus import Corpus
from lexiscope.evaluate import EVALUATIONS
from lexiscope.evaluate.evaluation import Evaluation, EvaluationContext
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.statistics import RESAMPLES
from lexiscope.models.directory import ModelDirectory


def evaluate_model(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    task: str = "search",
    split: str = "test",
    accept_leak: str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
    **options: Any,
) -> Report:
    """Measure a model on one split of a corpus, after checking that training did not see it.

    Args:
        model: Model directory.
        corpus: Corpus directory.
        task: Name of the evaluation: "search", "classify", "caption", "answer", "assistant", "segment", or one that an
            installed package adds.
        split: Split to measure, any name the corpus has.
        accept_leak: Reason to go on although training and the split overlap; it is printed with the numbers.
        seed: Seed of the bootstrap and of whatever is drawn.
        resamples: Number of resamples behind each interval.
        progress: Called with what is done.
        options: Choices of the evaluation alone, such as attribute="grade" for "classify".

    Raises:
        EvaluationError: the split has nothing that can be measured.
        LeakageError: training shares what it must not share with the split.
        UsageError: an unknown evaluation, or options it does not take.
        ModelError: the model lacks the part that the evaluation needs; the message holds the command that makes it.
    """
    evaluation: Evaluation = EVALUATIONS.load(task)
    chosen = evaluation.Options.of(options)
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    context = EvaluationContext(model, corpus, split, seed, resamples, progress)
    return run_evaluation(evaluation, context, chosen, accept_leak=accept_leak)


def run_evaluation(
    evaluation: Evaluation, context: EvaluationContext, options: Settings, *, accept_leak: str | None = None
) -> Report:
    """Open an evaluation, pass the leakage gate, and measure.

    Args:
        evaluation: Entry of `EVALUATIONS`.
        context: Model, split and seed.
        options: Choices of the evaluation, of its own class `Options`.
        accept_leak: Reason to go on although training and the split overlap.
    """
    opened = evaluation.open(context, options)
    measured = MeasuredSplit.of(
        context.model,
        context.corpus,
        context.split,
        accept_leak=accept_leak,
        near_spared=evaluation.near_spared,
        learned_from=opened.learned_from,
    )
    items = opened.items(measured)
    answers = opened.answers(items)
    found = opened.measure(items, answers, opened.baselines(items, answers))
    return Report(
        task=evaluation.name,
        split=context.split,
        n=found.n,
        cases=found.cases,
        groups=found.groups,
        metrics=found.metrics,
        baselines=found.baselines,
        differences=found.differences,
        verdicts=tuple(found.verdicts),
        notes=tuple(found.notes),
        sections=found.sections,
        audit=measured.audit,
        rule=evaluation.rule,
        corpus=context.corpus.version,
        model=_fingerprint(context.model),
        seed=context.seed,
        resamples=context.resamples,
        versions=installed_versions(),
    )


def _fingerprint(model: ModelDirectory) -> str:
    """Fingerprint of the joint space; of a model without one, of its parts."""
    if model.has("joint"):
        return model.fingerprint
    return sha256_json({name: model.fingerprint_of(name) for name in model.parts()})
