"""`fit_mixture`: weights of all that proposes answers, and thresholds of abstaining, from held-out questions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
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
_LANGUAGES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)  # weights of the language model beside a context, which says nearly all
_PARTS = (0.0, 0.2, 0.4, 0.6, 0.8)  # of what it leaves for the sentences of the context, then for the evidence
_UNMEASURED = Weights(classifier=0.5)  # for a form of question of which nothing is held out


def fit_mixture(
    scored: Sequence[ScoredCandidates],
    answers: Sequence[str],
    *,
    out_of_fold: Sequence[_Pair] = (),
    right: Callable[[str, str], bool],
) -> Mixture:
    """Weights, temperatures and the threshold of abstaining for every form of questions.

    Where questions offer their answers, the true ones are likeliest under these weights; of free questions, the answers
    given share most words with the true ones, which few others were ever given word by word. How evidence and
    classifier share what the language model leaves is seen on `out_of_fold`, which is many more questions than a small
    lab holds out. Questions that come with a context have weights of their own where any of them is held out.

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
    fitted: dict[bool, Weights] = {}
    informed: dict[bool, Weights | None] = {}
    for closed, gain in ((True, _likelihood), (False, _shared)):
        held_out, told, known = (
            [one for one in some if (one[0].closed, one[0].informed) == (closed, is_told)]
            for some, is_told in ((pairs, False), (pairs, True), (out_of_fold, False))
        )
        best = _best(held_out, known, gain)
        fitted[closed] = _with_threshold(best, held_out, right)
        informed[closed] = _with_threshold(_best_informed(told, gain, best.temperature), told, right) if told else None
    return Mixture(fitted[True], fitted[False], informed[True], informed[False])


def _best_informed(told: Sequence[_Pair], gain: _Gain, temperature: float) -> Weights:
    """Weights of questions with a context; held-out ones alone decide, as none is foretold out of fold with one."""
    read, voted = (any(some) for some in zip(*((one.read_scores, one.votes) for one, _ in told), strict=True))
    tried = []
    for language, reading, evidence in product(_LANGUAGES, _PARTS if read else (0.0,), _PARTS if voted else (0.0,)):
        left = (1 - language) * (1 - reading)
        parts = (left * evidence, left * (1 - evidence), (1 - language) * reading)
        evidence_weight, classifier, reading_weight = (round(part, 6) for part in parts)
        tried.append(Weights(evidence_weight, classifier, temperature, reading=reading_weight))
    return max(tried, key=lambda weights: gain(weights, told))


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
    mixture = Mixture(open=weights, open_informed=weights)
    return float(np.mean([word_overlap(one.best(mixture)[0], answer) for one, answer in held_out]))


def _likelihood(weights: Weights, held_out: Sequence[_Pair]) -> float:
    probabilities = [one.probabilities(weights).get(answer_key(answer), 0.0) for one, answer in held_out]
    return float(np.log(np.maximum(probabilities, _FLOOR)).mean())


def _with_threshold(weights: Weights, held_out: Sequence[_Pair], right: Callable[[str, str], bool]) -> Weights:
    if not held_out:
        return weights
    given = [one.best(Mixture(*[weights] * 4)) for one, _ in held_out]
    correct = np.array([right(answer, truth) for (answer, _), (_, truth) in zip(given, held_out, strict=True)])
    return replace(weights, threshold=_threshold(np.array([score for _, score in given]), correct))


def _threshold(scores: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"]) -> float:
    levels, group = np.unique(-scores, return_inverse=True)  # the surest first; equal scores are given together
    gained = np.cumsum(np.bincount(group, weights=np.where(correct, 1, -1)))
    if gained.max() <= 0:
        return float(np.nextafter(scores.max(), np.inf))
    return float(-levels[gained.argmax()])
