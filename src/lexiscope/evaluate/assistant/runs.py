"""`AssistantRuns`: items answered by a model with the images as they are, blank, or of other cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from lexiscope.answering.pipeline import MAX_TOKENS
from lexiscope.answering.questions import Questions
from lexiscope.answering.retrieval import question_vectors
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.duplicates.same_group import excluded_groups
from lexiscope.evaluate.assistant.items import ContextualQuestion
from lexiscope.evaluate.perturbations import blank_questions, shuffled_questions
from lexiscope.features.token_store import compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.language.text.sentences import split_sentences
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.answer import Answerer

_SPARE = 8  # tokens to spare, as texts joined have a few more than their parts


@dataclass(frozen=True)
class AssistantRuns:
    """Items ready to be answered. Use `AssistantRuns.of`.

    Args:
        answerer: The assistant.
        items: Questions at every level of context.
        questions: The items with the images as they are.
        shortened: Number of items whose context was too long for the language model and lost its last sentences.
        progress: Called with the number of questions answered.
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
        """Read the images of the items' cases."""
        joint, views, assistant = answerer.pipeline.joint, model.views(), answerer.pipeline.assistant
        cases = list({item.case.id: item.case for item in items}.values())
        image_encoder = assistant.image_encoder(joint.image)
        tokens = compute_tokens(image_encoder, corpus, cases=cases, views=views, plan=assistant.plan, progress=progress)
        vectors = case_vectors(joint, corpus, cases, views=views, progress=progress)
        excluded = excluded_groups(answerer.cases.part.corpus, cases)
        row_of = {case.id: row for row, case in enumerate(cases)}
        rows = [row_of[item.case.id] for item in items]
        texts = [item.turn.question for item in items]
        seen = tokens.of([item.case for item in items])
        plain = Questions(texts, seen, vectors[rows], [excluded[row] for row in rows], [item.context for item in items])
        contexts = _fitting(answerer, plain)
        cut = sum(one != other for one, other in zip(contexts, plain.contexts or (), strict=True))
        return cls(answerer, items, replace(plain, contexts=contexts), cut, progress)

    def answers(self, questions: Questions, *, what: str, max_tokens: int = MAX_TOKENS) -> list[str]:
        """Answer every question; what is asked twice is answered once.

        Args:
            questions: The items, with whatever is in the place of their images.
            what: Plural of what is counted, for progress.
            max_tokens: Length at which an answer ends at the latest.
        """
        first: dict[tuple[str, str, str | None], int] = {}
        keys = [
            (item.case.id, text, questions.context(row))
            for row, (item, text) in enumerate(zip(self.items, questions.texts, strict=True))
        ]
        rows = [row for row, key in enumerate(keys) if first.setdefault(key, row) == row]
        answers: dict[int, str] = {}
        distinct = some_questions(questions, rows)
        scored = self.answerer.pipeline.score_answers(distinct, max_tokens=max_tokens)
        for row, candidates in zip(rows, scored, strict=True):
            answers[row] = candidates.best(self.answerer.mixture)[0]
            if self.progress:
                self.progress(len(answers), len(rows), what)
        return [answers[first[key]] for key in keys]

    def blank(self) -> Questions:
        """The items with images without content."""
        return blank_questions(self.questions)

    def shuffled(self, seed: int) -> Questions:
        """The items with the image of a case of another group."""
        return shuffled_questions(self.questions, [item.case for item in self.items], seed=seed)


def some_questions(questions: Questions, rows: Sequence[int]) -> Questions:
    """Take some of the questions, in the order of the rows."""
    return Questions(
        [questions.texts[row] for row in rows],
        questions.seen.rows(list(rows)),
        questions.images[list(rows)],
        [questions.excluded_groups[row] for row in rows],
        [questions.context(row) for row in rows],
    )


def _fitting(answerer: Answerer, questions: Questions) -> list[str | None]:
    """The contexts, shortened by whole sentences to what the language model reads beside image, question and answer."""
    assistant = answerer.pipeline.assistant
    vectors = question_vectors(answerer.pipeline.joint, questions.texts[:1])
    images = assistant.image_length(_with_question(questions.seen.rows([0]), vectors))
    room = assistant.context_length - images - MAX_TOKENS - _SPARE

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
