"""The same items answered by a model with the images as they are, blank, or of other cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from jaxtyping import Int64

from lexiscope.answering.pipeline import MAX_TOKENS
from lexiscope.answering.questions import Questions
from lexiscope.answering.retrieval import question_vectors
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.duplicates.same_group import excluded_groups
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.features.token_store import compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.language.text.sentences import split_sentences
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.token_plan import blank_tokens
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer

_ROOM = 8  # tokens to spare, as texts joined have a few more than their parts


@dataclass(frozen=True)
class AssistantRuns:
    """Items ready to be answered. Use `AssistantRuns.of`.

    Args:
        questions: The items with the images as they are.
        shortened: Items whose context was too long for the language model and lost its last sentences.
    """

    answerer: Answerer
    items: Sequence[ContextualQuestion]
    questions: Questions
    shortened: int
    progress: Progress | None = None

    @classmethod
    def of(
        cls,
        model: ModelDirectory,
        corpus: Corpus,
        answerer: Answerer,
        items: Sequence[ContextualQuestion],
        progress: Progress | None = None,
    ) -> "AssistantRuns":
        """Read what is seen of the items' cases."""
        joint, views, assistant = answerer.pipeline.joint, model.views(), answerer.pipeline.assistant
        cases = list({item.case.id: item.case for item in items}.values())
        image_encoder = assistant.image_encoder(joint.image)
        tokens = compute_tokens(image_encoder, corpus, cases=cases, views=views, plan=assistant.plan, progress=progress)
        vectors = case_vectors(joint, corpus, cases, views=views, progress=progress)
        own = excluded_groups(answerer.cases.part.corpus, cases)
        place = {case.id: row for row, case in enumerate(cases)}
        rows = [place[item.case.id] for item in items]
        texts = [item.turn.question for item in items]
        seen = tokens.of([item.case for item in items])
        plain = Questions(texts, seen, vectors[rows], [own[row] for row in rows], [item.context for item in items])
        contexts = _fitting(answerer, plain)
        cut = sum(one != other for one, other in zip(contexts, plain.contexts or (), strict=True))
        return cls(answerer, items, replace(plain, contexts=contexts), cut, progress)

    def answers(self, questions: Questions, *, what: str, max_tokens: int = MAX_TOKENS) -> list[str]:
        """What the model answers; what is asked twice is answered once."""
        first: dict[tuple[str, str, str | None], int] = {}
        keys = [
            (item.case.id, text, questions.context(row))
            for row, (item, text) in enumerate(zip(self.items, questions.texts, strict=True))
        ]
        rows = [row for row, key in enumerate(keys) if first.setdefault(key, row) == row]
        given: dict[int, str] = {}
        asked = some_questions(questions, rows)
        weighing = self.answerer.pipeline.score_answers(asked, max_tokens=max_tokens)
        for row, weighed in zip(rows, weighing, strict=True):
            given[row] = weighed.best(self.answerer.mixture)[0]
            if self.progress:
                self.progress(len(given), len(rows), what)
        return [given[first[key]] for key in keys]

    def blank(self) -> Questions:
        """Images without content, and nothing that would tell which cases are alike."""
        seen = ImageTokens(blank_tokens(self.questions.seen.tokens), self.questions.seen.present)
        return replace(self.questions, seen=seen, images=np.zeros_like(self.questions.images))

    def shuffled(self, seed: int) -> Questions:
        """Each case with the image of a case of another group; no evidence comes from the groups of either."""
        other = _others(self.items, seed)
        own = [
            {*groups, *self.questions.excluded_groups[row]}
            for groups, row in zip(self.questions.excluded_groups, other, strict=True)
        ]
        seen = self.questions.seen.rows(other.tolist())
        return replace(self.questions, seen=seen, images=self.questions.images[other], excluded_groups=own)


def some_questions(questions: Questions, rows: Sequence[int]) -> Questions:
    """Some of the questions, in the order of the rows."""
    return Questions(
        [questions.texts[row] for row in rows],
        questions.seen.rows(list(rows)),
        questions.images[list(rows)],
        [questions.excluded_groups[row] for row in rows],
        [questions.context(row) for row in rows],
    )


def _others(items: Sequence[ContextualQuestion], seed: int) -> Int64[np.ndarray, " n"]:
    """For each item, an item of another group; all of a case get the same one. Its own where there is one group."""
    first: dict[str, int] = {}
    for row, item in enumerate(items):
        first.setdefault(item.case.id, row)
    generator, chosen = np.random.default_rng(seed), {}
    for case, row in first.items():
        away = [one for one in first.values() if items[one].case.group != items[row].case.group]
        chosen[case] = away[int(generator.integers(len(away)))] if away else row
    return np.array([chosen[item.case.id] for item in items])


def _fitting(answerer: Answerer, questions: Questions) -> list[str | None]:
    """The contexts, shortened by whole sentences to what the language model reads beside image, question and answer."""
    assistant = answerer.pipeline.assistant
    vectors = question_vectors(answerer.pipeline.joint, questions.texts[:1])
    images = assistant.projector.length(_with_question(questions.seen.rows([0]), vectors).tokens)
    room = assistant.context_length - images - MAX_TOKENS - _ROOM

    def fits(text: str, context: str | None) -> bool:
        return assistant.prompt_length(write_prompt(text, context=context)) <= room

    return [
        _shortened(context, partial(fits, text))
        for text, context in zip(questions.texts, questions.contexts or (), strict=True)
    ]


def _shortened(context: str | None, fits: Callable[[str | None], bool]) -> str | None:
    if context is None or fits(context):
        return context
    ends = [end for _, end in split_sentences(context)]
    low, high = 0, len(ends) - 1  # sentences kept; the whole does not fit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(context[: ends[middle - 1]]) else (low, middle - 1)
    return context[: ends[low - 1]] if low else None


def _with_question(seen: ImageTokens, vectors: np.ndarray) -> ImageTokens:
    return with_questions(seen, torch.from_numpy(vectors))
