"""The last weights of an assistant, chosen on held-out questions: how far evidence counts, and when to abstain."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.corpus.wording import answer_key
from lexiscope.models.assistant.mixture import Mixture
from lexiscope.training.answering import Weighed

_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_TEMPERATURES = (0.25, 0.5, 1.0, 2.0)
_FLOOR = 1e-3  # an answer that nothing proposed still costs a finite surprise


def fit_mixture(weighed: Sequence[Weighed], answers: Sequence[str], *, right: Callable[[str, str], bool]) -> Mixture:
    """The weight and temperature under which the true answers are likeliest, and the threshold of abstaining.

    The threshold is ours: of all, the one with the largest number of right less wrong answers given, so that a
    question is left unanswered where an answer would more often be wrong than right. Where that holds for all of them,
    none of the held-out questions would be answered.

    Args:
        weighed: What was proposed for each held-out question; without any, the assistant alone answers everything.
        answers: The true ones.
        right: Whether an answer counts as right for a true one.
    """
    if not weighed:
        return Mixture()
    grid = [Mixture(weight, temperature) for weight in _WEIGHTS for temperature in _TEMPERATURES]
    best = max(grid, key=lambda mixture: _likelihood(mixture, weighed, answers))
    given = [one.best(best) for one in weighed]
    correct = np.array([right(said, truth) for (said, _), truth in zip(given, answers, strict=True)])
    return Mixture(best.weight, best.temperature, _threshold(np.array([score for _, score in given]), correct))


def _likelihood(mixture: Mixture, weighed: Sequence[Weighed], answers: Sequence[str]) -> float:
    chances = [
        mixture.chances(one.spoken, one.votes).get(answer_key(answer), 0.0)
        for one, answer in zip(weighed, answers, strict=True)
    ]
    return float(np.log(np.maximum(chances, _FLOOR)).mean())


def _threshold(scores: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"]) -> float:
    levels, group = np.unique(-scores, return_inverse=True)  # the surest first; equal scores are given together
    gained = np.cumsum(np.bincount(group, weights=np.where(correct, 1, -1)))
    if gained.max() <= 0:
        return float(np.nextafter(scores.max(), np.inf))
    return float(-levels[gained.argmax()])
