"""Metrics of answers: the same words, shared words, and what abstaining buys."""

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.corpus.wording import word_overlap, words_of


def exact_match(answer: str, truth: str) -> float:
    """1 when both have the same words in the same order.

    Example:
        >>> exact_match("Yes.", "yes")
        1.0
    """
    return float(words_of(answer) == words_of(truth))


def token_f1(answer: str, truth: str) -> float:
    """Harmonic mean of the shares of shared words, as in SQuAD (https://arxiv.org/abs/1606.05250), articles kept.

    Example:
        >>> round(token_f1("left lobe", "the left upper lobe"), 3)
        0.667
    """
    return word_overlap(answer, truth)


def area_under_risk_coverage(scores: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"]) -> float:
    """Mean error among the answers kept, over all shares kept, the surest answers first; smaller is better.

    Geifman & El-Yaniv 2017 (https://arxiv.org/abs/1705.08500). Scores that say nothing give the overall error; equal
    scores count by their mean.

    Example:
        >>> area_under_risk_coverage(np.array([0.9, 0.1]), np.array([1.0, 0.0]))
        0.25
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    _, group = np.unique(-ranked, return_inverse=True)
    error = 1 - right[order]
    level = np.bincount(group, weights=error) / np.bincount(group)  # equal scores cannot be told apart
    return float((np.cumsum(level[group]) / np.arange(1, len(error) + 1)).mean())


def selective_risk(answered: Bool[np.ndarray, " n"], right: Float[np.ndarray, " n"]) -> float:
    """Share of errors among the questions that were answered; 0 when none was.

    Example:
        >>> selective_risk(np.array([True, True, False]), np.array([1.0, 0.0, 0.0]))
        0.5
    """
    return float(1 - right[answered].mean()) if answered.any() else 0.0
