"""How well a model's confidence sorts its right answers from its wrong ones: risk against coverage."""

import numpy as np
from jaxtyping import Bool, Float

_TRUE_POSITIVES = 0.95


def selective_risk(risk: Float[np.ndarray, " n"], confidence: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Mean risk of the k surest answers, for k from 1 to n (El-Yaniv & Wiener 2010, JMLR 11).

    Answers of one confidence count as if drawn among in random order, so that their order in the data decides nothing.

    Args:
        risk: Loss of each answer: 1 where it is wrong, or one less its DSC.
        confidence: How sure the model is of it.

    Example:
        >>> selective_risk(np.array([1.0, 0.0]), np.array([0.2, 0.9])).tolist()
        [0.0, 0.5]
        >>> selective_risk(np.array([1.0, 0.0]), np.array([0.5, 0.5])).tolist()
        [0.5, 0.5]
    """
    _, block = np.unique(-np.asarray(confidence), return_inverse=True)
    mean = np.bincount(block, weights=risk) / np.bincount(block)
    ordered = mean[np.sort(block)]
    made: np.ndarray = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    return made


def aurc(risk: Float[np.ndarray, " n"], confidence: Float[np.ndarray, " n"]) -> float:
    """Area under the risk-coverage curve: the mean of `selective_risk`; random confidence gives the mean risk.

    Geifman, Uziel, El-Yaniv 2019 (https://arxiv.org/abs/1805.08206), section 3.

    Example:
        >>> aurc(np.array([1.0, 0.0]), np.array([0.2, 0.9]))
        0.25
    """
    return float(selective_risk(risk, confidence).mean())


def excess_aurc(risk: Float[np.ndarray, " n"], confidence: Float[np.ndarray, " n"]) -> float:
    """E-AURC: AURC less that of the best possible order of the same answers, of Geifman et al. 2019, section 3.

    For wrong and right answers the best one tends to r + (1 - r) ln(1 - r) as n grows, with r the mean risk.

    Example:
        >>> excess_aurc(np.array([1.0, 0.0]), np.array([0.2, 0.9]))
        0.0
    """
    return aurc(risk, confidence) - aurc(risk, -np.asarray(risk))


def fpr_at_95_tpr(confidence: Float[np.ndarray, " n"], right: Bool[np.ndarray, " n"]) -> float:
    """Share of wrong answers that are as sure as the surest 95 % of the right ones; .95 for random confidence.

    Hendrycks & Gimpel 2017 (https://arxiv.org/abs/1610.02136). NaN where all answers are right, or all are wrong.

    Example:
        >>> fpr_at_95_tpr(np.array([0.9, 0.8, 0.3]), np.array([True, True, False]))
        0.0
    """
    if right.all() or not right.any():
        return float("nan")
    sure = np.sort(confidence[right])[::-1]
    threshold = sure[int(np.ceil(_TRUE_POSITIVES * len(sure))) - 1]
    return float((confidence[~right] >= threshold).mean())
