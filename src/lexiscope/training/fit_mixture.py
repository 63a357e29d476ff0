"""The last weights of an assistant, chosen on held-out questions: how far evidence counts, and when to abstain."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.corpus.wording import answer_key
from lexiscope.models.assistant.mixture import Mixture, Weights
from lexiscope.training.answering import Weighed

_STEPS = 10  # of a weight from 0 to 1; the language model keeps one of them, so that something is always proposed
_TEMPERATURES = (0.25, 0.5, 1.0, 2.0)
_FLOOR = 1e-3  # an answer that nothing proposed still costs a finite surprise
_UNMEASURED = Weights(classifier=0.5)  # for a form of question of which nothing is held out


def fit_mixture(weighed: Sequence[Weighed], answers: Sequence[str], *, right: Callable[[str, str], bool]) -> Mixture:
    """The weights and temperature under which the true answers are likeliest, and the threshold of abstaining.

    The threshold is ours: of all, the one with the largest number of right less wrong answers given, so that a
    question is left unanswered where an answer would more often be wrong than right. Where that holds for all of them,
    none of the held-out questions would be answered.

    Args:
        weighed: What was proposed for each held-out question; without any, language model and classifier share.
        answers: The true ones.
        right: Whether an answer counts as right for a true one.
    """
    offered, free = (_fit([p for p in zip(weighed, answers, strict=True) if p[0].offered == o]) for o in (True, False))
    best = Mixture(offered, free)
    if not weighed:
        return best
    given = [one.best(best) for one in weighed]
    correct = np.array([right(said, truth) for (said, _), truth in zip(given, answers, strict=True)])
    return Mixture(offered, free, _threshold(np.array([score for _, score in given]), correct))


def _fit(held_out: Sequence[tuple[Weighed, str]]) -> Weights:
    if not held_out:
        return _UNMEASURED
    grid = [
        Weights(evidence / _STEPS, classifier / _STEPS, temperature)
        for evidence in range(_STEPS)
        for classifier in range(_STEPS - evidence)
        for temperature in (_TEMPERATURES if evidence else (1.0,))
    ]
    return max(grid, key=lambda weights: _likelihood(weights, held_out))


def _likelihood(weights: Weights, held_out: Sequence[tuple[Weighed, str]]) -> float:
    chances = [one.chances(weights).get(answer_key(answer), 0.0) for one, answer in held_out]
    return float(np.log(np.maximum(chances, _FLOOR)).mean())


def _threshold(scores: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"]) -> float:
    levels, group = np.unique(-scores, return_inverse=True)  # the surest first; equal scores are given together
    gained = np.cumsum(np.bincount(group, weights=np.where(correct, 1, -1)))
    if gained.max() <= 0:
        return float(np.nextafter(scores.max(), np.inf))
    return float(-levels[gained.argmax()])
