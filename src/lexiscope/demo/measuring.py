"""`report_or_none`: an evaluation of the demo, where there is something to measure."""

from typing import Any

from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate.report.report import Report
from lexiscope.evaluate.run import evaluate_model
from lexiscope.models.directory import ModelDirectory


def report_or_none(model: ModelDirectory, corpus: Corpus, **options: Any) -> Report | None:
    """Report of an evaluation; None where the held-out cases have nothing that can be measured.

    Args:
        model: The model.
        corpus: The corpus.
        **options: Those of `evaluate_model`.
    """
    try:
        return evaluate_model(model, corpus, **options)
    except (EvaluationError, UsageError):
        return None
