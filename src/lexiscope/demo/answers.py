"""Answers of a demo's assistant with their evidence, captions, and a measurement of the answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Prediction
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.wording import normalise
from lexiscope.demo.cases import show, shown_modalities, spread
from lexiscope.demo.measuring import report_or_none
from lexiscope.evaluate.report.page import AnsweredQuestion, ShownCase
from lexiscope.evaluate.report.report import Report
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer, AnswerRequest
from lexiscope.tasks.caption import Captioner, CaptionRequest
from lexiscope.tasks.inputs import read_input

_QUESTIONS, _DESCRIBED, _EVIDENCE = 5, 3, 2  # a case and its evidence fill a row of the page
_MEASURED = 80  # questions: an impression, not a study


@dataclass(frozen=True)
class DemoAnswers:
    """Answers and captions of an assistant.

    Args:
        answers: Questions with their answers and evidence.
        captions: Cases with their captions.
        measured: Report of answers; None where nothing could be asked.
        described: Report of captions; None where nothing could be described.
        outcome: All of it in one line.
    """

    answers: tuple[AnsweredQuestion, ...] = ()
    captions: tuple[ShownCase, ...] = ()
    measured: Report | None = None
    described: Report | None = None
    outcome: str = "no assistant, so nothing was asked"


def speak(
    model: ModelDirectory,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    split: str,
    seed: int,
    progress: Progress | None,
) -> DemoAnswers:
    """Ask about held-out cases, describe some of them, and measure all answers."""
    if not model.has("assistant"):
        return DemoAnswers()
    answered = tuple(answers(model, corpus, cases, n=_QUESTIONS, progress=progress))
    written = tuple(captions(model, corpus, cases, n=_DESCRIBED, progress=progress))
    measured, described = (
        report_or_none(model, corpus, task=task, split=split, seed=seed, progress=progress, **options)
        for task, options in (("answer", {"limit": _MEASURED}), ("caption", {}))
    )
    return DemoAnswers(answered, written, measured, described, f"{_answered(measured)}; {_described(described)}")


def answers(
    model: ModelDirectory, corpus: Corpus, cases: Sequence[Case], *, n: int, progress: Progress | None
) -> list[AnsweredQuestion]:
    """Answer one question about each of `n` cases of different groups, each time another where there are others."""
    answerer, modalities = Answerer.open(model, progress=progress), shown_modalities(cases)
    shown = []
    for row, case in enumerate(spread([case for case in cases if case.turns and case.images], n)):
        turn = case.turns[row % len(case.turns)]
        given = read_input(case.id, views=model.views(), corpus=corpus)
        prediction = answerer.predict(given, AnswerRequest(question=turn.question, k=_EVIDENCE))
        shown.append(
            AnsweredQuestion(
                question=turn.question,
                answer=prediction.value["answer"],
                truth=turn.answer,
                right=normalise(prediction.value["answer"]) == normalise(turn.answer),
                score=prediction.score or 0.0,
                abstained=prediction.value["abstained"],
                about=show(case, corpus=corpus, modalities=modalities),
                evidence=_cited(prediction, corpus, modalities),
            )
        )
    return shown


def captions(
    model: ModelDirectory, corpus: Corpus, cases: Sequence[Case], *, n: int, progress: Progress | None
) -> list[ShownCase]:
    """Write a caption for each of `n` cases of different groups, with the case's own text to compare."""
    modalities, shown = shown_modalities(cases), []
    try:
        captioner = Captioner.open(model, progress=progress)
    except UsageError:
        return []  # trained on questions alone
    for case in spread([case for case in cases if case.statements and case.images], n):
        prediction = captioner.predict(read_input(case.id, views=model.views(), corpus=corpus), CaptionRequest())
        plain = show(case, corpus=corpus, modalities=modalities)
        text = f"{prediction.value['caption']}  ·  The case's own: {plain.text}"
        shown.append(ShownCase(plain.case, plain.group, text, plain.pictures, score=prediction.score))
    return shown


def _answered(measured: Report | None) -> str:
    if measured is None:
        return "no questions to measure"
    match = measured.metric("exact_match")
    return f"{match.value:.2f} of {measured.n} answers are right; chance {match.chance:.2f}"


def _described(measured: Report | None) -> str:
    if measured is None or "attribute_accuracy" not in measured.metrics:
        return "no attributes in captions to measure"
    accuracy = measured.metric("attribute_accuracy")
    return f"captions state {accuracy.value:.2f} of the attributes right; chance {accuracy.chance:.2f}"


def _cited(prediction: Prediction, corpus: Corpus, modalities: Sequence[str]) -> tuple[ShownCase, ...]:
    shown = []
    for one in prediction.evidence:
        plain = show(corpus[one.case], corpus=corpus, modalities=modalities)
        shown.append(ShownCase(plain.case, plain.group, one.text or plain.text, plain.pictures, score=one.score))
    return tuple(shown)
