"""`run_benchmark`: a model measured on a benchmark that is proven to be unchanged."""

from pathlib import Path
from typing import Any

from lexiscope.core.progress import Progress
from lexiscope.evaluate.assistant.evaluate import evaluate_assistant
from lexiscope.evaluate.benchmark.spec import WORDS, Benchmark
from lexiscope.evaluate.judges.choose import JudgeOptions
from lexiscope.models.directory import ModelDirectory


def run_benchmark(
    benchmark: Path | str,
    model: ModelDirectory | Path | str,
    *,
    accept_leak: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure a model as the benchmark says, after checking its hash and that the model did not learn from it.

    Returns:
        As `evaluate_assistant`, with "benchmark": its hash and what it was made from.

    Raises:
        EvaluationError: no benchmark there, or it was changed.
        LeakageError: the model was trained on what the benchmark holds.
        ModelError: the model has no assistant.
    """
    folder = Path(benchmark)
    read = Benchmark.read(folder)
    corpus = read.verify(folder)
    task = read.task
    result = evaluate_assistant(
        model,
        corpus,
        split=task.test_split,
        accept_leak=accept_leak,
        most=task.most,
        judge=task.judge,
        judge_options=JudgeOptions(prompts=folder / WORDS),
        wordings=task.wordings,
        seed=task.seed,
        progress=progress,
    )
    return {**result, "benchmark": {"hash": read.hash, "made_from": dict(read.made_from)}}
