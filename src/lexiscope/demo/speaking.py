"""The steps of the demo in which the model speaks: what it writes, what it answers, and on which evidence."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from lexiscope.core.case import Case
from lexiscope.core.prediction import Prediction
from lexiscope.corpus.store import Corpus
from lexiscope.corpus.wording import normalise
from lexiscope.demo.page import show, shown_modalities
from lexiscope.evaluate.report import Answered, Shown
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer
from lexiscope.tasks.caption import caption
from lexiscope.tasks.inputs import read_input
from lexiscope.training.instruct_config import InstructConfig
from lexiscope.training.pretrain import PretrainResult, pretrain
from lexiscope.training.pretrain_config import PretrainConfig

Progress: TypeAlias = Callable[[int, int | None, str], None]

_EVIDENCE = 3
# Minutes on two cores: what a demo can show, not what a lab should run.
PRETRAINING = PretrainConfig(objective="simclr", epochs=2, slices=4)
TEACHING = InstructConfig(epochs=4, reranker_epochs=2, batch=32)


def pretrain_briefly(corpus: Corpus, out: Path, *, progress: Progress | None) -> PretrainResult:
    """A small tower that learns from the pictures alone, beside the model: two passes show that the loss falls."""
    return pretrain(corpus, out, config=PRETRAINING, progress=progress)


def answers(
    model: ModelDirectory, corpus: Corpus, cases: Sequence[Case], *, n: int, progress: Progress | None
) -> list[Answered]:
    """One question about each of `n` cases of different groups, every time another question where there are others."""
    answerer, modalities = Answerer.open(model, progress=progress), shown_modalities(cases)
    found = []
    for case, place in _spread([case for case in cases if case.turns], n):
        turn = case.turns[place]
        given = read_input(case.id, views=model.views(), corpus=corpus)
        weighed = next(answerer.parts.weigh(answerer.questions(given, turn.question)))
        said = answerer.prediction(case.id, turn.question, weighed, k=_EVIDENCE)
        found.append(
            Answered(
                question=turn.question,
                answer=said.value["answer"],
                truth=turn.answer,
                right=normalise(said.value["answer"]) == normalise(turn.answer),
                score=said.score or 0.0,
                abstained=said.value["abstained"],
                asked=show(case, corpus=corpus, modalities=modalities),
                evidence=_cited(said, corpus, modalities),
            )
        )
    return found


def captions(
    model: ModelDirectory, corpus: Corpus, cases: Sequence[Case], *, n: int, progress: Progress | None
) -> list[Shown]:
    """A caption for each of `n` cases of different groups, with the case's own text to compare."""
    modalities, shown = shown_modalities(cases), []
    for case, _ in _spread([case for case in cases if case.texts], n):
        said = caption(model, case.id, corpus=corpus, progress=progress)[0]
        plain = show(case, corpus=corpus, modalities=modalities)
        text = f"Written: {said.value}  ·  The case's own: {plain.text}"
        shown.append(Shown(plain.case, plain.group, text, plain.pictures, score=said.score))
    return shown


def _cited(said: Prediction, corpus: Corpus, modalities: Sequence[str]) -> tuple[Shown, ...]:
    found = []
    for one in said.evidence:
        plain = show(corpus[one.case], corpus=corpus, modalities=modalities)
        found.append(Shown(plain.case, plain.group, one.text or plain.text, plain.pictures, score=one.score))
    return tuple(found)


def _spread(cases: Sequence[Case], n: int) -> list[tuple[Case, int]]:
    """`n` cases of different groups, evenly over all, each with the place of a turn; turns of few words vary."""
    firsts = list({case.group: case for case in reversed(list(cases)) if case.images}.values())[::-1]
    chosen = firsts[:: max(1, len(firsts) // n)][:n]
    return [(case, row % max(1, len(case.turns))) for row, case in enumerate(chosen)]
