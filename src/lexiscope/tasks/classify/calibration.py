"""Temperature scaling of logits, and the probabilities and uncertainties that follow (https://arxiv.org/abs/1706.04599)."""

import numpy as np
from jaxtyping import Float, Int64
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

_COLDEST, _WARMEST = -4.0, 6.0  # natural logarithms of the temperatures tried


def fit_temperature(logits: Float[np.ndarray, "n k"], labels: Int64[np.ndarray, " n"]) -> float:
    """Temperature under which held-out labels are likeliest; 1 when there are none.

    Args:
        logits: One row a held-out case.
        labels: Its class.

    Example:
        >>> sure = np.array([[9.0, 0.0], [9.0, 0.0]])
        >>> fit_temperature(sure, np.array([0, 1])) > 10  # right half of the time, so it must not be sure
        True
    """
    if not len(labels):
        return 1.0
    rows = np.arange(len(labels))

    def negative_log_likelihood(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels].mean())

    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=(_COLDEST, _WARMEST), method="bounded").x))


def probabilities(logits: Float[np.ndarray, "n k"], *, temperature: float) -> Float[np.ndarray, "n k"]:
    """Softmax of the logits divided by the temperature; rows sum to 1.

    Args:
        logits: One row a case.
        temperature: Divisor of the logits; larger is less sure.

    Example:
        >>> probabilities(np.array([[0.0, 0.0]]), temperature=2.0).tolist()
        [[0.5, 0.5]]
    """
    return softmax(logits / temperature, axis=1)


def uncertainty(probabilities: Float[np.ndarray, "n k"]) -> Float[np.ndarray, " n"]:
    """Entropy of each row over its largest possible value: 0 is sure, 1 is a guess among all classes.

    Example:
        >>> uncertainty(np.array([[0.5, 0.5], [1.0, 0.0]])).round(6).tolist()
        [1.0, 0.0]
    """
    safe = np.clip(probabilities, 1e-12, 1.0)
    return -(safe * np.log(safe)).sum(axis=1) / np.log(probabilities.shape[1])
