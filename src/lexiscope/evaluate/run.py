"""`evaluate_model`: one door to every measurement."""

from pathlib import Path
from typing import Any

from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.evaluate import EVALUATIONS
from lexiscope.models.directory import ModelDirectory


def evaluate_model(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    task: str = "search",
    split: str = "test",
    accept_leak: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Measure a model on one split of a corpus, after checking that training did not see it.

    Args:
        task: "search", "classify", "caption", "answer" or "interpret"; or one that an installed package adds.
        split: Any split name of the corpus.
        accept_leak: Why a leak between training and this split is acceptable; goes on and is printed with the numbers.
        seed: Of the bootstrap and of whatever is drawn.
        options: Those of the task alone, such as attribute="grade" for "classify".

    Returns:
        JSON types. Each metric is {"value", "low", "high", "chance"}.

    Raises:
        EvaluationError: the split has nothing that can be measured.
        LeakageError: training shares what it must not share with the split.
        UsageError: an unknown task.
        ModelError: the model lacks the part that the task needs; the message holds the command that makes it.
    """
    measure = EVALUATIONS.load(task)
    return measure(model, corpus, split=split, accept_leak=accept_leak, seed=seed, progress=progress, **options)
