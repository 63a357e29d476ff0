"""Items before an assistant: what is asked twice is answered once, and contexts fit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lexiscope.answering.questions import Questions
from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Turn
from lexiscope.corpus import Corpus
from lexiscope.evaluate.assistant.items import items_of
from lexiscope.evaluate.assistant.runs import AssistantRuns, some_questions
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer


@dataclass
class _Pipeline:
    """Answers with the question's text, in capitals, and remembers what it was given."""

    calls: list[list[str]] = field(default_factory=list)

    def score_answers(self, questions: Questions, **_: Any) -> Iterator[Any]:
        self.calls.append(list(questions.texts))
        for text in questions.texts:
            yield SimpleNamespace(best=lambda _, text=text: (text.upper(), 1.0))


def _questions(texts: list[str]) -> Questions:
    rows = torch.arange(float(len(texts)))[:, None]
    seen = ImageTokens({"photo": BranchTokens(rows, rows[:, :, None])}, {"photo": torch.ones(len(texts))})
    return Questions(texts, seen, rows.numpy(), [{f"p{row}"} for row in range(len(texts))], [None] * len(texts))


def test_what_is_asked_twice_is_answered_once() -> None:
    case = Case("c0", "p0", Provenance("by hand"))
    turns = [(case, Turn("Is it red?", "Yes", "closed")), (case, Turn("Is it odd?", "Yes", "closed"))]
    items = items_of(turns, lexicon=Lexicon.load())  # without any text all levels of context are the same
    pipeline, done = _Pipeline(), []
    answerer: Any = SimpleNamespace(pipeline=pipeline, mixture=None)
    questions = _questions([item.turn.question for item in items])
    runs = AssistantRuns(answerer, items, questions, 0, progress=lambda *step: done.append(step))
    assert runs.answers(questions, what="answers") == ["IS IT RED?"] * 5 + ["IS IT ODD?"] * 5
    assert pipeline.calls == [["Is it red?", "Is it odd?"]]
    assert done == [(1, 2, "answers"), (2, 2, "answers")]


def test_some_questions_keep_what_belongs_to_each() -> None:
    chosen = some_questions(_questions(["a", "b", "c"]), [2, 0])
    assert chosen.texts == ["c", "a"]
    assert chosen.images[:, 0].tolist() == chosen.seen.tokens["photo"].summary[:, 0].tolist() == [2, 0]
    assert chosen.excluded_groups == [{"p2"}, {"p0"}]


@pytest.mark.parametrize(("sentences", "shortened"), [(2, 0), (400, 2)])
def test_a_context_longer_than_the_language_model_reads_loses_its_last_sentences(
    taught: tuple[Corpus, ModelDirectory], sentences: int, shortened: int
) -> None:
    corpus, model = taught
    case = next(corpus.cases("test"))
    words = " ".join(f"It was heated {n} times." for n in range(sentences))
    described = Case(case.id, case.group, case.provenance, images=case.images, texts=(Passage("caption", words),))
    items = items_of([(described, Turn("Is it odd?", "No", "closed"))], lexicon=Lexicon.load())
    runs = AssistantRuns.of(model, corpus, Answerer.open(model), items)
    assert runs.shortened == 2 * shortened  # answer-free and as published
    none, caption, full, *published = runs.questions.contexts
    assert none is None
    assert words.startswith(caption)
    assert caption.endswith("times.")
    assert (caption == words) == (shortened == 0)
    assert full == caption
    assert published == [caption, full]  # nothing gives the answer away
    assert np.isfinite(runs.questions.images).all()
