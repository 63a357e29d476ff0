"""`fit_reading`: how many words of an answer a sentence of what is known holds."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from jaxtyping import Float

from lexiscope.answering.closed_questions import offered_answers
from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.retrieval import ReadTexts, answer_sentences
from lexiscope.corpus.wording import answer_key, word_overlap
from lexiscope.models.assistant.ridge import Kernel, Ridge, sentence_features
from lexiscope.training.instruct.fit_ridge import RidgeProblem, choose_kernel, fit_ridge

_WIDTHS, _CONTEXTS = (0.2, 0.3, 0.5), (8.0, 32.0)
_COMPARED, _MOST = 1000, 4000  # pairs by which kernels are compared, and that are learned from


def fit_reading(
    read: ReadTexts, examples: Sequence[InstructionExample], groups: Sequence[str], *, images: int, seed: int
) -> Ridge | None:
    """Regression of the words that a sentence shares with the answer; None where no context tells an answer.

    Learned from the open-ended questions that come with all that was published: each sentence is a pair, most of which
    hold nothing of the answer.

    Args:
        read: Gives unit vectors of texts.
        examples: Examples to learn from.
        groups: Group of each example, left out together.
        images: Length of an image's vector, which has no say here.
        seed: Seed that draws the pairs.
    """
    keys = {answer_key(example.answer) for example in examples}
    pairs = [
        (example, sentence, group)
        for example, group in zip(examples, groups, strict=True)
        if example.published and not offered_answers(example.question, keys)
        for sentence in answer_sentences(example.published[-1])
    ]
    if not pairs:
        return None
    drawn = [pairs[row] for row in np.random.default_rng(seed).permutation(len(pairs))[:_MOST]]
    kernel, penalty = _chosen(_problem(read, drawn[:_COMPARED], images))
    return fit_ridge(_problem(read, drawn, images), kernel, penalty, answers=("word overlap",))[0]


def _problem(read: ReadTexts, pairs: Sequence[tuple[InstructionExample, str, str]], images: int) -> RidgeProblem:
    questions, sentences = read([one.question for one, _, _ in pairs]), read([text for _, text, _ in pairs])
    overlaps = np.array([[word_overlap(text, one.answer)] for one, text, _ in pairs])
    groups = np.array([group for _, _, group in pairs], dtype=object)
    return RidgeProblem(sentence_features(questions, sentences, images=images), overlaps, groups)


def _chosen(problem: RidgeProblem) -> tuple[Kernel, float]:
    def gain(left_out: Float[np.ndarray, "n 1"]) -> float:
        return -float(np.square(left_out - problem.targets).mean())

    return choose_kernel(
        problem, (Kernel(width, 0.0, context) for width, context in product(_WIDTHS, _CONTEXTS)), gain=gain
    )
