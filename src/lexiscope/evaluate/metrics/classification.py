"""Metrics of class probabilities: balanced accuracy, area under the ROC curve, calibration error."""

import numpy as np
from jaxtyping import Float, Int64
from scipy.stats import rankdata

_BINS = 10
_SHUFFLES = 20


def balanced_accuracy(probabilities: Float[np.ndarray, "n k"], labels: Int64[np.ndarray, " n"]) -> float:
    """Mean over the classes that occur of the share of their cases that is found.

    Classes weigh the same, so predicting the most frequent one scores one over their number.

    Example:
        >>> balanced_accuracy(np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]]), np.array([0, 0, 1]))
        0.5
    """
    right = probabilities.argmax(axis=1) == labels
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


def auc(probabilities: Float[np.ndarray, "n k"], labels: Int64[np.ndarray, " n"]) -> float:
    """Area under the ROC curve, each class against the rest, averaged over the classes that occur.

    The probability that a case of the class gets more of its probability than another one; ties count half (Hand & Till
    2001 for the average). 0.5 when only one class occurs.

    Example:
        >>> auc(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]))
        1.0
    """
    areas = [_area(probabilities[:, label], labels == label) for label in np.unique(labels) if (labels != label).any()]
    return float(np.mean(areas)) if areas else 0.5


def calibration_error(
    probabilities: Float[np.ndarray, "n k"], labels: Int64[np.ndarray, " n"], *, bins: int = _BINS
) -> float:
    """Expected calibration error: |accuracy - confidence| in ten bins of confidence, weighted by their cases.

    Guo et al. 2017 (https://arxiv.org/abs/1706.04599), equation 3. Small sets have an error above 0 even when perfectly
    calibrated.

    Args:
        probabilities: Of each class.
        labels: The true classes.
        bins: Number of bins; papers differ, and more of them make the error of small sets larger.

    Example:
        >>> calibration_error(np.array([[0.75, 0.25]] * 4), np.array([0, 0, 0, 1]))
        0.0
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=right - confidence, minlength=bins)  # cases times (accuracy - confidence)
    return float(np.abs(gaps).sum() / len(labels))


def sampled_calibration_error(
    probabilities: Float[np.ndarray, "n k"], labels: Int64[np.ndarray, " n"], *, bins: int = _BINS, seed: int = 0
) -> float:
    """Chance level of the calibration error: the same confidences beside shuffled labels, the mean of several shuffles.

    Args:
        probabilities: Of each class.
        labels: The true classes.
        bins: Number of bins.
        seed: Seed of the shuffles.

    Example:
        >>> sampled_calibration_error(np.array([[0.75, 0.25]] * 4), np.array([0, 0, 0, 1]))
        0.0
    """
    generator = np.random.default_rng(seed)
    shuffles = [generator.permutation(labels) for _ in range(_SHUFFLES)]
    return float(np.mean([calibration_error(probabilities, labels, bins=bins) for labels in shuffles]))


def brier_score(probabilities: Float[np.ndarray, "n k"], labels: Int64[np.ndarray, " n"]) -> float:
    """Mean squared distance of the probabilities from the truth: 0 is sure and right, 2 sure and wrong.

    Brier 1950 (Verification of forecasts expressed in terms of probability), equation 2.

    Example:
        >>> brier_score(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0, 0]))
        0.25
    """
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def _area(score: np.ndarray, positive: np.ndarray) -> float:
    """Mann-Whitney statistic: the mean rank of the positives, scaled to 0..1."""
    count, others = int(positive.sum()), int((~positive).sum())
    return (float(rankdata(score)[positive].sum()) - count * (count + 1) / 2) / (count * others)
