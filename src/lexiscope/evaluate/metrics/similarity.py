"""Similarity of tokens: how near in meaning the word pieces of an answer are to those of its reference.

Greedy matching as in BERTScore (https://arxiv.org/abs/1904.09675), but the vectors come from a given tower, such as the
model's own small text tower, and not from the large English model of the published scores. So the numbers compare
answers of one model and nothing else. No weighting by rarity, no rescaling.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True)
class TokenSimilarity:
    """Precision, recall and their harmonic mean, each -1 to 1."""

    precision: float
    recall: float
    f1: float


def greedy_match(answer: Float[np.ndarray, "n w"], reference: Float[np.ndarray, "k w"]) -> TokenSimilarity:
    """Every word is compared with the one of the other text that is nearest by cosine.

    P = mean over the answer's pieces of the best cosine, R over the reference's, F = 2 P R / (P + R); 0 where one text
    has no words.

    Example:
        >>> greedy_match(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 2.0]]))
        TokenSimilarity(precision=1.0, recall=0.5, f1=0.6666666666666666)
    """
    if not len(answer) or not len(reference):
        return TokenSimilarity(0.0, 0.0, 0.0)
    cosines = _unit(answer) @ _unit(reference).T
    precision, recall = float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean())
    total = precision + recall
    return TokenSimilarity(precision, recall, 2 * precision * recall / total if total > 0 else 0.0)


def text_similarities(
    words: Callable[[Sequence[str]], Sequence[Float[np.ndarray, "n w"]]],
    answers: Sequence[str],
    references: Sequence[str],
) -> list[TokenSimilarity]:
    """Compare pairs of texts; each text is read once.

    Args:
        words: Texts -> the vectors of their word pieces, without the tokens that close a text.
        answers: One text of each pair.
        references: The other text of each pair.

    Example:
        >>> text_similarities(lambda texts: [np.eye(2)[: len(text)] for text in texts], ["a"], ["ab"])[0].recall
        0.5
    """
    texts = list(dict.fromkeys([*answers, *references]))
    vectors = dict(zip(texts, words(texts), strict=True))
    return [greedy_match(vectors[one], vectors[other]) for one, other in zip(answers, references, strict=True)]


def _unit(rows: Float[np.ndarray, "n w"]) -> Float[np.ndarray, "n w"]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
