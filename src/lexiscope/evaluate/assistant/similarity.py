"""How like their references answers in free words are: BLEU, ROUGE-L and BERTScore on the model's own text tower."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from lexiscope.evaluate.answer.baselines import BaselineAnswers
from lexiscope.evaluate.assistant.measure import AssistantMeasure
from lexiscope.evaluate.metrics.assistant import yes_or_no
from lexiscope.evaluate.metrics.captions import bleu4, rouge_l
from lexiscope.evaluate.metrics.similarity import text_similarities
from lexiscope.models.text import TextTower

_DRAWS = 3  # random answers to each question; more change nothing that is printed


def similarity(
    measure: AssistantMeasure, tower: TextTower, answers: Sequence[str], guesses: Sequence[BaselineAnswers]
) -> dict[str, Any]:
    """Each with value, low, high, chance and n, over the questions that leave more open than yes or no."""
    own = _all(measure, tower, answers)
    luck = [_all(measure, tower, guess.answers) for guess in guesses[:_DRAWS]]
    return {name: measure.estimate(values, [one[name] for one in luck]) for name, values in own.items()}


def _all(measure: AssistantMeasure, tower: TextTower, answers: Sequence[str]) -> dict[str, Float[np.ndarray, " n"]]:
    references = [item.turn.answer for item in measure.items]
    rows = [row for row, reference in enumerate(references) if yes_or_no(reference) is None]
    said, true = [answers[row] for row in rows], [references[row] for row in rows]
    near = text_similarities(lambda texts: _words(tower, texts), said, true)
    parts = {
        "bleu4": bleu4(said, [[text] for text in true]),
        "rouge_l": rouge_l(said, [[text] for text in true]),
        "bertscore_precision": np.array([one.precision for one in near]),
        "bertscore_recall": np.array([one.recall for one in near]),
        "bertscore_f1": np.array([one.f1 for one in near]),
    }
    return {name: _spread(values, rows, len(answers)) for name, values in parts.items()}


@torch.inference_mode()
def _words(tower: TextTower, texts: Sequence[str]) -> list[np.ndarray]:
    """Vectors of the word pieces of each text, without the closing marks."""
    if not texts:
        return []
    assert tower.tokenizer is not None
    marks = [encoding.special_tokens_mask for encoding in tower.tokenizer.encode_batch(list(texts))]
    vectors = [found.float().cpu().numpy() for found in tower.token_states(texts)]
    return [rows[np.array(mask) == 0] for rows, mask in zip(vectors, marks, strict=True)]


def _spread(values: np.ndarray, rows: Sequence[int], n: int) -> Float[np.ndarray, " n"]:
    found = np.full(n, np.nan)
    found[list(rows)] = values
    return found
