"""The judges of an interpretation beside the main one, what each of them says, and the sheet for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.assistant.measure import SCORES, AssistantMeasure, ScoredAnswer
from lexiscope.evaluate.judges.choose import DEFAULT, JudgeOptions, open_judge
from lexiscope.evaluate.judges.judge import Judge, JudgedAnswer, JudgeScore
from lexiscope.evaluate.judges.sheet import read_sheet, write_sheet
from lexiscope.language.text.lexicon import Lexicon


def some_marks(marks: list[JudgeScore | None], judge: Judge) -> list[JudgeScore | None]:
    """The marks as they are.

    Raises:
        EvaluationError: not one of the answers got a mark.
    """
    if all(mark is None for mark in marks):
        msg = f"expected marks from the judge {judge.name}, got none in the form asked for on {len(marks)} answers"
        raise EvaluationError(f"{msg}; take a larger model with --judge-model, or --judge rules")
    return marks


def other_marks(
    main: Judge, exhibits: Sequence[JudgedAnswer], *, sheet: Path | None, options: JudgeOptions
) -> dict[str, list[JudgeScore | None]]:
    """The marks of further judges: rules always, as they cost nothing, and a filled sheet."""
    found = {}
    if main.name != DEFAULT:
        rules = open_judge(DEFAULT, JudgeOptions(prompts=options.prompts))
        found[rules.name] = rules.marks(exhibits)
    if sheet is not None:
        filled = read_sheet(sheet, exhibits)
        found[filled.name] = filled.marks(exhibits)
    return found


def judge_reports(
    marks: Mapping[str, Sequence[JudgeScore | None]],
    measure: AssistantMeasure,
    items: Sequence[ContextualQuestion],
    answers: Sequence[str],
    lexicon: Lexicon,
    *,
    main: str,
) -> dict[str, Any]:
    """How many answers each judge marked, and what the judges beside the main one say of the model."""
    silent = replace(measure, luck=())
    found: dict[str, Any] = {}
    for name, given in marks.items():
        judged = sum(mark is not None for mark in given)
        found[name] = {"judged": judged, "not_judged": len(given) - judged}
        if name != main:
            whole = silent.all(ScoredAnswer.of(items, answers, given, lexicon))
            found[name]["metrics"] = {score: whole[score] for score in ("context_sensitivity", *SCORES[:2])}
    return found


def write_answers(
    path: Path | None, exhibits: Sequence[JudgedAnswer], corpus: Corpus, items: Sequence[ContextualQuestion], seed: int
) -> int | None:
    """The answers as a sheet to be filled, with where the images lie; the number of its lines."""
    if path is None:
        return None
    cases = {item.case.id: item.case for item in items}
    images = {name: str(corpus.object_path(case.images[min(case.images)]).resolve()) for name, case in cases.items()}
    return write_sheet(path, exhibits, images=images, seed=seed)
