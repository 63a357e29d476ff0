"""Shares of inputs: the perceptual score and MM-SHAP."""

import numpy as np
from jaxtyping import Float


def perceptual_scores(means: Float[np.ndarray, "r m_and_1"]) -> Float[np.ndarray, "r m"]:
    """Share of the accuracy that is lost when an input is that of another case.

    (accuracy - accuracy with input i swapped) / accuracy: the perceptual score, normalised by the model's accuracy
    (Gat, Schwartz & Schwing, NeurIPS 2021, https://arxiv.org/abs/2110.14375). Zero where nothing is right.

    Args:
        means: In each row the accuracy with input i swapped for every i, and last the accuracy with none swapped.

    Example:
        >>> perceptual_scores(np.array([[0.5, 0.8, 0.8]])).round(3).tolist()
        [[0.375, 0.0]]
    """
    full = means[:, -1:]
    return np.divide(full - means[:, :-1], full, out=np.zeros_like(means[:, :-1]), where=full > 0)


def mm_shap_shares(phi: Float[np.ndarray, "n m"]) -> Float[np.ndarray, "n m"]:
    """Share of each input in the sum of absolute Shapley values, case by case; even shares where all are zero.

    MM-SHAP (Parcalabescu & Frank, ACL 2023), of the probability of what the model says, whether that is right or not.

    Example:
        >>> mm_shap_shares(np.array([[0.3, -0.1], [0.0, 0.0]])).round(2).tolist()
        [[0.75, 0.25], [0.5, 0.5]]
    """
    sizes = np.abs(phi)
    total = sizes.sum(axis=1, keepdims=True)
    return np.divide(sizes, total, out=np.full_like(sizes, 1 / phi.shape[1]), where=total > 0)
