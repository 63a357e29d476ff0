"""`Judging`: answers before the judge of an evaluation, what further judges say, and the sheet for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lexiscope.core.errors import EvaluationError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.assistant.measure import SCORES, AssistantMeasure, ScoredAnswer
from lexiscope.evaluate.assistant.runs import AssistantRuns
from lexiscope.evaluate.judges.choose import DEFAULT, JudgeOptions, open_judge
from lexiscope.evaluate.judges.judge import Judge, JudgedAnswer, JudgeScore
from lexiscope.evaluate.judges.sheet import read_sheet, write_sheet
from lexiscope.language.text.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Judging:
    """A judge with the words it judges by. Use `Judging.open`.

    Args:
        judge: The main judge.
        options: Options that the judge was opened with.
        lexicon: Words for what images can show.
        progress: Called with the number of answers judged.
    """

    judge: Judge
    options: JudgeOptions
    lexicon: Lexicon
    progress: Progress | None = None

    @classmethod
    def open(cls, name: str, options: JudgeOptions, *, progress: Progress | None = None) -> "Judging":
        """Open a judge by name."""
        return cls(open_judge(name, options), options, Lexicon.load(options.prompts), progress)

    def judged(self, runs: AssistantRuns, answers: Sequence[str]) -> list[JudgedAnswer]:
        """The answers as a judge reads them."""
        return [
            JudgedAnswer(
                item.case.id,
                item.turn.question,
                runs.questions.context(row),
                answer,
                item.turn.answer,
                item.texts,
                item.features,
            )
            for row, (item, answer) in enumerate(zip(runs.items, answers, strict=True))
        ]

    def scored(self, runs: AssistantRuns, answers: Sequence[str]) -> ScoredAnswer:
        """Every score of some answers."""
        scores = self.judge.scores(self.judged(runs, answers), progress=self.progress)
        return ScoredAnswer.of(runs.items, answers, scores, self.lexicon)

    def usable_scores(self, runs: AssistantRuns, answers: Sequence[str]) -> list[JudgeScore | None]:
        """The judge's scores of some answers.

        Raises:
            EvaluationError: not one of the answers got a score.
        """
        scores = self.judge.scores(self.judged(runs, answers), progress=self.progress)
        if all(score is None for score in scores):
            msg = f"expected scores from the judge {self.judge.name}, got none in the form asked for"
            raise EvaluationError(
                f"{msg} on {len(scores)} answers; take a larger model with --judge-model, or --judge rules"
            )
        return scores

    def other_scores(self, judged: Sequence[JudgedAnswer], *, sheet: Path | None) -> dict[str, list[JudgeScore | None]]:
        """Scores of further judges: rules always, as they cost nothing, and a filled sheet."""
        others: list[Judge] = []
        if self.judge.name != DEFAULT:
            others.append(open_judge(DEFAULT, JudgeOptions(prompts=self.options.prompts)))
        if sheet is not None:
            others.append(read_sheet(sheet, judged))
        return {judge.name: judge.scores(judged) for judge in others}


def judge_reports(
    scores: Mapping[str, Sequence[JudgeScore | None]],
    measure: AssistantMeasure,
    answers: Sequence[str],
    lexicon: Lexicon,
    *,
    main: str,
) -> dict[str, Any]:
    """Count the answers that each judge scored, and measure the model by the judges beside the main one.

    Args:
        scores: Judge -> its scores of the answers.
        measure: Measure of the items.
        answers: Answer to each item.
        lexicon: Words for what images can show.
        main: Name of the main judge.
    """
    without_chance = replace(measure, random=())
    reports: dict[str, Any] = {}
    for name, given in scores.items():
        judged = sum(score is not None for score in given)
        reports[name] = {"judged": judged, "not_judged": len(given) - judged}
        if name != main:
            whole = without_chance.all(ScoredAnswer.of(measure.items, answers, given, lexicon))
            reports[name]["metrics"] = {score: whole[score] for score in ("context_sensitivity", *SCORES[:2])}
    return reports


def write_answers(
    path: Path | None,
    judged: Sequence[JudgedAnswer],
    corpus: Corpus,
    items: Sequence[ContextualQuestion],
    seed: int,
) -> int | None:
    """Write the answers as a sheet to be filled, with where the images lie; gives the number of its lines."""
    if path is None:
        return None
    cases = {item.case.id: item.case for item in items}
    images = {name: str(corpus.object_path(case.images[min(case.images)]).resolve()) for name, case in cases.items()}
    return write_sheet(path, judged, images=images, seed=seed)
