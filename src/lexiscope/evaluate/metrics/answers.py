"""How good answers are: the same words, shared words, and what abstaining buys."""

import re
from collections import Counter

import numpy as np
from jaxtyping import Bool, Float

_WORD = re.compile(r"\w+")


def words_of(answer: str) -> list[str]:
    """An answer's words, without case and punctuation; articles stay, as "a" may name a panel.

    An answer of signs alone, such as "+", keeps them: it is not the same as "-", nor as none.
    """
    return _WORD.findall(answer.casefold()) or answer.split()


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
    said, true = Counter(words_of(answer)), Counter(words_of(truth))
    shared = (said & true).total()
    if not shared:
        return float(said == true)
    precision, recall = shared / said.total(), shared / true.total()
    return 2 * precision * recall / (precision + recall)


def area_under_risk_coverage(scores: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"]) -> float:
    """Mean error among the answers kept, over all shares kept, the surest answers first; smaller is better.

    Geifman & El-Yaniv 2017 (https://arxiv.org/abs/1705.08500). Scores that say nothing give the overall error; equal
    scores count by their mean.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    _, group = np.unique(-ranked, return_inverse=True)
    error = 1 - right[order]
    level = np.bincount(group, weights=error) / np.bincount(group)  # equal scores cannot be told apart
    return float((np.cumsum(level[group]) / np.arange(1, len(error) + 1)).mean())


def selective_risk(answered: Bool[np.ndarray, " n"], right: Float[np.ndarray, " n"]) -> float:
    """Share of errors among the questions that were answered; 0 when none was."""
    return float(1 - right[answered].mean()) if answered.any() else 0.0
