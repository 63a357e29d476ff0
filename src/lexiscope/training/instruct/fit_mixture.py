"""`fit_mixture`: weights of language model, classifier and evidence, and thresholds of abstaining, from held-out
questions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.answering.candidates import ScoredCandidates
from lexiscope.corpus.wording import answer_key, word_overlap
from lexiscope.models.assistant.mixture import Mixture, Weights

_STEPS = 10  # of a weight from 0 to 1; the language model keeps one of them, so that something is always proposed
_TEMPERATURES = (0.25, 0.5, 1.0, 2.0)
_FLOOR = 1e-3  # probability of an answer that nothing proposed: its negative log-likelihood stays finite
_Pair: TypeAlias = tuple[ScoredCandidates, str]
_Gain: TypeAlias = Callable[[Weights, Sequence[_Pair]], float]
_UNMEASURED = Weights(classifier=0.5)  # for a form of question of which nothing is held out


def fit_mixture(
    scored: Sequence[ScoredCandidates],
    answers: Sequence[str],
    *,
    out_of_fold: Sequence[_Pair] = (),
    right: Callable[[str, str], bool],
) -> Mixture:
    """Weights, temperatures and the threshold of abstaining for both forms of questions.

    Where questions offer their answers, the true ones are likeliest under these weights; of free questions, the answers
    given share most words with the true ones, which few others were ever given word by word. How evidence and
    classifier share what the language model leaves is seen on `out_of_fold`, which is many more questions than a small
    lab holds out.

    A threshold is ours: of all, the one with the largest number of right less wrong answers given, so that a
    question is left unanswered where an answer would more often be wrong than right. Where that holds for all of them,
    none of the held-out questions would be answered.

    Args:
        scored: Candidates of each held-out question; without any, language model and classifier share.
        answers: True answer of each held-out question.
        out_of_fold: Candidates of evidence and classifier for training questions, predicted with that question's group
            left out, with the true answers.
        right: Tells of an answer and a true one if the answer counts as right.
    """
    pairs = list(zip(scored, answers, strict=True))
    fitted = {}
    for closed, gain in ((True, _likelihood), (False, _shared)):
        held_out, known = ([one for one in some if one[0].closed == closed] for some in (pairs, out_of_fold))
        fitted[closed] = _with_threshold(_best(held_out, known, gain), held_out, right)
    return Mixture(fitted[True], fitted[False])


def _best(held_out: Sequence[_Pair], out_of_fold: Sequence[_Pair], gain: _Gain) -> Weights:
    if not held_out:
        return _UNMEASURED
    share, temperature = _share(out_of_fold or held_out, gain)
    languages = [step / _STEPS for step in range(_STEPS, 0, -1)]
    language = max(languages, key=lambda one: gain(_weights(one, share, temperature), held_out))
    return _weights(language, share, temperature)


def _share(pairs: Sequence[_Pair], gain: _Gain) -> tuple[float, float]:
    """The part of the evidence beside the classifier, and its temperature; one alone needs no share."""
    if not any(one.votes for one, _ in pairs):
        return 0.0, 1.0
    steps = range(_STEPS + 1) if any(one.classifier_scores for one, _ in pairs) else (_STEPS,)
    tried = [(step / _STEPS, temperature) for step in steps for temperature in (_TEMPERATURES if step else (1.0,))]
    return max(tried, key=lambda one: gain(_weights(0.0, *one), pairs))


def _weights(language: float, evidence: float, temperature: float) -> Weights:
    """Weights that share what the language model leaves between evidence and classifier."""
    left = round(1 - language, 6)
    return Weights(round(left * evidence, 6), round(left * (1 - evidence), 6), temperature)


def _shared(weights: Weights, held_out: Sequence[_Pair]) -> float:
    mixture = Mixture(open=weights)
    return float(np.mean([word_overlap(one.best(mixture)[0], answer) for one, answer in held_out]))


def _likelihood(weights: Weights, held_out: Sequence[_Pair]) -> float:
    probabilities = [one.probabilities(weights).get(answer_key(answer), 0.0) for one, answer in held_out]
    return float(np.log(np.maximum(probabilities, _FLOOR)).mean())


def _with_threshold(weights: Weights, held_out: Sequence[_Pair], right: Callable[[str, str], bool]) -> Weights:
    if not held_out:
        return weights
    given = [one.best(Mixture(weights, weights)) for one, _ in held_out]
    correct = np.array([right(answer, truth) for (answer, _), (_, truth) in zip(given, held_out, strict=True)])
    return replace(weights, threshold=_threshold(np.array([score for _, score in given]), correct))


def _threshold(scores: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"]) -> float:
    levels, group = np.unique(-scores, return_inverse=True)  # the surest first; equal scores are given together
    gained = np.cumsum(np.bincount(group, weights=np.where(correct, 1, -1)))
    if gained.max() <= 0:
        return float(np.nextafter(scores.max(), np.inf))
    return float(-levels[gained.argmax()])
