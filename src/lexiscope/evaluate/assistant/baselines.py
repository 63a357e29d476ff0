"""Baselines of an assistant: answers from the words of question and context alone, and by an untuned model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from lexiscope.answering.closed_questions import offered_answers
from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.pipeline import MAX_TOKENS
from lexiscope.answering.questions import Questions
from lexiscope.answering.reranking import TokenStates
from lexiscope.answering.retrieval import ReadTexts
from lexiscope.core.case import Case
from lexiscope.core.errors import WeightsError
from lexiscope.core.progress import Progress
from lexiscope.core.turn import Turn
from lexiscope.evaluate.answer.baselines import CLOSED, question_only_answers
from lexiscope.evaluate.assistant.items import ContextualQuestion, items_of
from lexiscope.language.text.context import AS_PUBLISHED, LEVELS
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.sentences import sentence_texts
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.joint import JointSpace

_LEARNED = 600  # turns that the words of questions and contexts are learned from; more take minutes to read
_ROWS = 16
_ANSWERS = ("Yes", "No")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A baseline that could not be made.

    Args:
        reason: Why, in words.
    """

    reason: str


def text_only_answers(
    joint: JointSpace,
    learned: Sequence[tuple[Case, Turn]],
    items: Sequence[ContextualQuestion],
    contexts: Sequence[str | None],
    *,
    lexicon: Lexicon,
    seed: int,
) -> list[str]:
    """Answers from question and context alone, by the means of `question_only_answers`, learned at the same levels.

    Of a context it reads the sentence that is most like the question: one vector of a whole page tells little of it.

    Args:
        learned: Turns to learn from; some of them, drawn by the seed, where there are very many.
    """
    order = np.random.default_rng(seed).permutation(len(learned))[:_LEARNED]
    levels = [level for level in (*LEVELS, *AS_PUBLISHED) if level in {item.at for item in items}]
    shown = items_of([learned[row] for row in sorted(order)], lexicon=lexicon, levels=levels)
    distinct = {(one.case.id, one.turn.question, one.context): one for one in shown}
    read = TokenStates(joint).vectors
    known = [_with_nearest(read, one, one.context) for one in distinct.values()]
    examples = [_with_nearest(read, item, context) for item, context in zip(items, contexts, strict=True)]
    return list(question_only_answers(joint, known, examples).answers)


def untuned_answers(
    assistant: Assistant,
    items: Sequence[ContextualQuestion],
    questions: Questions,
    *,
    allow_download: bool = False,
    progress: Progress | None = None,
) -> list[str] | LeftOut:
    """Answers of the language model as it was before it was trained, without images and without evidence.

    Of "Yes" and "No" the likelier one, where a question leaves only these open; else what it writes.

    Args:
        assistant: The trained assistant; it is left as it is.
        items: Questions at every level of context.
        questions: The items with their contexts.
        allow_download: Fetch the language model again by its hub name.
        progress: Called with the number of questions answered.
    """
    if not assistant.origins:
        return LeftOut("the language model was trained from scratch, so there is no untuned one to compare with")
    prompts = [write_prompt(text, context=questions.context(row)) for row, text in enumerate(questions.texts)]
    distinct = list(dict.fromkeys(zip(prompts, questions.texts, [i.turn.kind in CLOSED for i in items], strict=True)))
    try:
        untuned = assistant.untuned(allow_download=allow_download)
    except WeightsError as error:
        return LeftOut(f"the untuned language model is not here any more: {error}")
    answers: dict[str, str] = {}
    for start in range(0, len(distinct), _ROWS):
        part = distinct[start : start + _ROWS]
        answers.update(zip((prompt for prompt, _, _ in part), _answered(untuned, part), strict=True))
        if progress:
            progress(len(answers), len(distinct), "questions answered untuned")
    return [answers[prompt] for prompt in prompts]


@torch.inference_mode()
def _answered(assistant: Assistant, part: Sequence[tuple[str, str, bool]]) -> list[str]:
    known = frozenset(answer.casefold() for answer in _ANSWERS)
    closed = [prompt for prompt, text, kind in part if kind and offered_answers(text, known)]
    opened = [prompt for prompt, _, _ in part if prompt not in closed]
    answers = _likelier(assistant, closed) | _written(assistant, opened)
    return [answers[prompt] for prompt, _, _ in part]


def _likelier(assistant: Assistant, prompts: Sequence[str]) -> dict[str, str]:
    """The likelier of "Yes" and "No"."""
    if not prompts:
        return {}
    likely = np.array([assistant(None, prompts, [answer] * len(prompts))[0].tolist() for answer in _ANSWERS])
    return {prompt: _ANSWERS[int(best)] for prompt, best in zip(prompts, likely.argmax(axis=0), strict=True)}


def _written(assistant: Assistant, prompts: Sequence[str]) -> dict[str, str]:
    """Answers that the language model writes."""
    if not prompts:
        return {}
    written = assistant.say(None, prompts, max_tokens=MAX_TOKENS)
    return {prompt: one.text for prompt, one in zip(prompts, written, strict=True)}


def _with_nearest(read: ReadTexts, item: ContextualQuestion, context: str | None) -> InstructionExample:
    """The item with the sentence of its context that is most like its question."""
    question, sentences = item.turn.question, sentence_texts(context or "")
    alike = read(sentences) @ read([question])[0]
    prompt = write_prompt(question, context=sentences[int(alike.argmax())] if sentences else None)
    return InstructionExample(item.case, prompt, item.turn.answer, item.turn.kind)
