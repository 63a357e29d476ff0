"""What each image contributes to the demo's searches and outlines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lexiscope.core.errors import EvaluationError, MissingExtraError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.evaluate.report.interpreted import ShownSubject
from lexiscope.interpret.adapters.joint import joint_subjects
from lexiscope.interpret.adapters.segmenter import segmenter_subjects
from lexiscope.interpret.interpretation import Interpretation
from lexiscope.interpret.report.page import shown_subject
from lexiscope.interpret.run import interpret_subjects
from lexiscope.interpret.some_cases import spread_over_groups
from lexiscope.interpret.subject import Cases
from lexiscope.models.directory import ModelDirectory

_METHODS = ("contribution",)
# An impression, not a study: cases are outlined with every subset of their images and sentence, each in seconds.
_SEARCHED, _OUTLINED = 24, 6


@dataclass(frozen=True, slots=True)
class DemoInterpretation:
    """How a model uses its inputs.

    Args:
        made: Interpretation; None where nothing could be interpreted.
        shown: The same as the page shows it; nothing where charts cannot be drawn.
        outcome: All of it in one line.
    """

    made: Interpretation | None = None
    shown: tuple[ShownSubject, ...] = ()
    outcome: str = "nothing that could be interpreted"


def interpret_briefly(
    model: ModelDirectory, corpus: Corpus, *, split: str, seed: int, progress: Progress | None
) -> DemoInterpretation:
    """Interpret the joint space and the outlines of one structure on a few held-out cases."""
    subjects = _subjects(model, corpus, split, seed)
    if not subjects:
        return DemoInterpretation()
    try:
        made = interpret_subjects(subjects, methods=_METHODS, seed=seed, progress=progress)
    except EvaluationError:
        return DemoInterpretation()
    looked_at = ", ".join(f"{subject.name} on {subject.cases} cases" for subject in made.subjects)
    told = f"{looked_at}; {len(made.findings)} sentences that intervals support"
    try:
        return DemoInterpretation(made, tuple(map(shown_subject, made.subjects)), told)
    except MissingExtraError:
        return DemoInterpretation(made, (), f"{told}; charts need: pip install 'lexiscope[interpret]'")


def _subjects(model: ModelDirectory, corpus: Corpus, split: str, seed: int) -> list[tuple[Any, Cases[Any]]]:
    """The joint space and the first structure of the segmenter, where a split has cases for them."""
    opened: list[tuple[Any, Cases[Any]]] = []
    openers: tuple[tuple[Callable[..., list[Any]], int], ...] = (
        (joint_subjects, _SEARCHED),
        (segmenter_subjects, _OUTLINED),
    )
    for subjects, limit in openers:
        try:
            opened += [
                (subject, spread_over_groups(cases, limit, seed=seed))
                for subject, cases in subjects(model, corpus, split, seed=seed)[:1]
            ]
        except (EvaluationError, UsageError):
            continue  # a folder of the user's own may lack texts or masks in this split
    return opened
