"""EMAP: how much of a model's accuracy an additive model of the same inputs would have had."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.interpret.subject import Cases, Coalition, Outcome, Subject

_DONORS = 16  # donors that one call of the subject is given


def additive_projection(logits: Float[np.ndarray, "n n k"]) -> Float[np.ndarray, "n k"]:
    """What the closest additive model says of each case, f(x1, x2) = f1(x1) + f2(x2).

    mean_b f(x1_a, x2_b) + mean_b f(x1_b, x2_a) - mean over all of f: the empirical multimodally-additive projection
    (Hessel & Lee, "Does my multimodal model learn cross-modal interactions?", EMNLP 2020,
    https://arxiv.org/abs/2010.06572).

    Args:
        logits: Entry (a, b) is f of the first input of case a with the second of case b; n must be all cases.

    Example:
        >>> xor = np.array([[[1.0], [-1.0]], [[-1.0], [1.0]]])
        >>> additive_projection(xor).tolist()  # nothing of it is additive
        [[0.0], [0.0]]
    """
    return logits.mean(1) + logits.mean(0) - logits.mean((0, 1))


def paired_logits(
    subject: Subject, cases: Cases[Any], kept: Sequence[str], *, progress: Progress | None = None
) -> Float[np.ndarray, "n n k"]:
    """Log probabilities of inputs of each case with the remaining inputs of each other case.

    Softmax takes the same from every class, so that the largest log probability is the largest logit after the
    projection too.

    Args:
        subject: Model that is asked n times about n cases.
        cases: Cases that are paired.
        kept: Inputs that stay with their case.
        progress: Called with the number of cases that have lent their inputs.

    Raises:
        UsageError: the model gives no probabilities.
    """
    n = len(cases)
    rows = np.arange(n)
    made: Float[np.ndarray, "n n k"] | None = None
    for start in range(0, n, _DONORS):
        shifts = range(start, min(start + _DONORS, n))
        donors = [(rows + shift) % n for shift in shifts]
        coalitions = [Coalition(frozenset(kept), "marginal", cases.take(some)) for some in donors]
        for some, outcome in zip(donors, subject.outcomes(cases, coalitions), strict=True):
            said = _log_probabilities(subject, outcome)
            made = np.empty((n, *said.shape)) if made is None else made
            made[rows, some] = said
        if progress is not None:
            progress(shifts.stop, n, "cases paired with every other")
    if made is None:
        msg = "expected cases to pair, got none; choose another split"
        raise UsageError(msg)
    return made


def _log_probabilities(subject: Subject, outcome: Outcome) -> Float[np.ndarray, "n k"]:
    if outcome.probabilities is None:
        msg = f"expected probabilities of classes, got scores alone from {subject.name}; use a classifier"
        raise UsageError(msg)
    return np.log(np.clip(outcome.probabilities, 1e-12, 1))
