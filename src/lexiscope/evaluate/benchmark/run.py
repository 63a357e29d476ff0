"""`run_benchmark`: a model measured on a benchmark that is proven to be unchanged."""

from dataclasses import replace
from pathlib import Path

from lexiscope.core.progress import Progress
from lexiscope.evaluate import EVALUATIONS
from lexiscope.evaluate.benchmark.spec import WORDS, Benchmark
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory


def run_benchmark(
    benchmark: Path | str,
    model: ModelDirectory | Path | str,
    *,
    accept_leak: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Measure a model as the benchmark says, after checking its hash and that the model did not learn from it.

    Args:
        benchmark: Directory of the benchmark.
        model: Model directory.
        accept_leak: Reason to go on although the model learned from what is measured; it is printed with the numbers.
        progress: Called with what is done.

    Returns:
        The report of the benchmark's evaluation, with a section "benchmark": its hash and what it was made from.

    Raises:
        EvaluationError: no benchmark there, or it was changed.
        LeakageError: the model was trained on what the benchmark holds.
        ModelError: the model lacks the part that the evaluation needs.
    """
    folder = Path(benchmark)
    read = Benchmark.read(folder)
    task, corpus = read.task, read.verify(folder)
    words = {"prompts": folder / WORDS} if "prompts" in EVALUATIONS.load(task.evaluation).Options.model_fields else {}
    report = evaluate_model(
        model,
        corpus,
        task=task.evaluation,
        split=task.split,
        accept_leak=accept_leak,
        seed=task.seed,
        progress=progress,
        **{**task.options, **words},
    )
    about = {"hash": read.hash, "made_from": dict(read.made_from)}
    return replace(report, sections={**report.sections, "benchmark": about})
