"""Likeness of free answers to their references: BLEU, ROUGE-L and token similarity on the model's text tower."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from lexiscope.evaluate.assistant.measure import AssistantMeasure
from lexiscope.evaluate.metrics.assistant import yes_or_no
from lexiscope.evaluate.metrics.captions import bleu4, rouge_l
from lexiscope.evaluate.metrics.similarity import text_similarities
from lexiscope.evaluate.statistics import Estimate
from lexiscope.models.text import TextTower

_DRAWS = 3  # random answers to each question; more change nothing that is printed


def similarity(
    measure: AssistantMeasure, tower: TextTower, answers: Sequence[str], guesses: Sequence[Sequence[str]]
) -> dict[str, Estimate]:
    """Estimate each likeness over the questions that leave more open than yes or no.

    Args:
        measure: Measure of the items.
        tower: Text tower whose vectors of word pieces are compared.
        answers: Answer to each item.
        guesses: Random answers to the items, for the chance level.
    """
    own = _all(measure, tower, answers)
    random = [_all(measure, tower, guess) for guess in guesses[:_DRAWS]]
    return {name: measure.estimate(values, [one[name] for one in random]) for name, values in own.items()}


def _all(measure: AssistantMeasure, tower: TextTower, answers: Sequence[str]) -> dict[str, Float[np.ndarray, " n"]]:
    references = [item.turn.answer for item in measure.items]
    rows = [row for row, reference in enumerate(references) if yes_or_no(reference) is None]
    given, true = [answers[row] for row in rows], [references[row] for row in rows]
    matches = text_similarities(lambda texts: _words(tower, texts), given, true)
    near = np.array([(one.precision, one.recall, one.f1) for one in matches]).reshape(-1, 3)  # (n, 3)
    single = [[text] for text in true]
    parts = {
        "bleu4": bleu4(given, single),
        "rouge_l": rouge_l(given, single),
        "token_similarity_precision": near[:, 0],
        "token_similarity_recall": near[:, 1],
        "token_similarity_f1": near[:, 2],
    }
    return {name: _spread(values, rows, len(answers)) for name, values in parts.items()}


@torch.inference_mode()
def _words(tower: TextTower, texts: Sequence[str]) -> list[np.ndarray]:
    """Vectors of the word pieces of each text, without the tokens that close a text."""
    if not texts:
        return []
    assert tower.tokenizer is not None
    special = [encoding.special_tokens_mask for encoding in tower.tokenizer.encode_batch(list(texts))]
    vectors = [pieces.float().cpu().numpy() for pieces in tower.token_states(texts)]
    return [rows[np.array(mask) == 0] for rows, mask in zip(vectors, special, strict=True)]


def _spread(values: np.ndarray, rows: Sequence[int], n: int) -> Float[np.ndarray, " n"]:
    spread = np.full(n, np.nan)
    spread[list(rows)] = values
    return spread
