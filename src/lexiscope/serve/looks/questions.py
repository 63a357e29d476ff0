"""`Question`: what a model is asked about a case that nobody asked about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lexiscope.core.case import Case
from lexiscope.index.filter import Filter
from lexiscope.models.directory import ModelDirectory
from lexiscope.serve.case_table import CaseTable
from lexiscope.tasks import TASKS

_ATTRIBUTES = 3  # each opens a classifier of its own
_VALUES = 20  # of an attribute; one with more names something, and is no class


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        task: Name of the task.
        settings: How it is opened.
        request: What is asked.
    """

    task: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)


def questions_for(model: ModelDirectory, table: CaseTable) -> list[Question]:
    """What a model is asked about every case: classes of the corpus, as far as it can, and all of its structures.

    Args:
        model: The model.
        table: Attributes of the corpus; those that most cases have come first.
    """
    asked = [Question("classify", {"attribute": name}) for name in _classes(table)]
    return [one for one in (*asked, Question("segment")) if model.has(TASKS.load(one.task).part)]


def own_question(model: ModelDirectory, case: Case) -> list[Question]:
    """The first question that the corpus holds about a case, if there is one and the model answers questions."""
    if not case.turns or not model.has(TASKS.load("answer").part):
        return []
    return [Question("answer", {}, {"question": case.turns[0].question})]


def _classes(table: CaseTable) -> list[str]:
    counts = table.facets(Filter(()))["attributes"]
    classes = {name: one for name, one in counts.items() if isinstance(one, dict) and 2 <= len(one) <= _VALUES}
    return sorted(classes, key=lambda name: (-sum(classes[name].values()), name))[:_ATTRIBUTES]
