"""Conformal guarantees by group, on simulated patients whose cases resemble each other."""

from collections.abc import Callable

import numpy as np
import pytest

from lexiscope.models.conformal import (
    abstention_threshold,
    aps_scores,
    conformal_p_values,
    conformal_threshold,
    group_weights,
    lac_scores,
    of_truth,
)

SPLITS, HELD_OUT, NEW = 200, 40, 50


class Patients:
    """Half of them have one hard case, the others twenty easy ones: pooled cases would be too sure of themselves."""

    def __init__(self, rng: np.random.Generator, n: int) -> None:
        self.single = rng.random(n) < 0.5
        self.group = np.repeat(np.arange(n), np.where(self.single, 1, 20))
        own = rng.normal(size=(n, 3))  # what the cases of a patient share
        self.truth = rng.integers(3, size=len(self.group))
        sharp = np.where(self.single, 0.3, 3.0)[self.group]
        logits = own[self.group] + rng.normal(size=(len(self.group), 3))
        logits[np.arange(len(logits)), self.truth] += sharp
        self.probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        self.groups = [str(number) for number in self.group]

    def one_each(self) -> np.ndarray:
        return np.unique(self.group, return_index=True)[1]


def share_over_splits(share: Callable[[Patients, Patients, int], np.ndarray]) -> tuple[float, float]:
    """Mean over the splits of a share among one case each of new patients, and three standard errors of it."""
    shares = []
    for seed in range(SPLITS):
        rng = np.random.default_rng(seed)
        held_out, new = Patients(rng, HELD_OUT), Patients(rng, NEW)
        shares.append(float(np.mean(share(held_out, new, seed)[new.one_each()])))
    return float(np.mean(shares)), float(3 * np.std(shares) / np.sqrt(SPLITS))


SCORES = {"lac": lambda p, seed: lac_scores(p), "aps": lambda p, seed: aps_scores(p, seed=seed)}


@pytest.mark.parametrize("kind", SCORES)
def test_sets_hold_the_truth_as_often_as_they_promise_in_200_splits(kind):
    def covered(held_out, new, seed):
        own = of_truth(SCORES[kind](held_out.probabilities, seed), held_out.truth)
        threshold = conformal_threshold(own, held_out.groups, coverage=0.9)
        return of_truth(SCORES[kind](new.probabilities, 10_000 + seed), new.truth) <= threshold

    share, error = share_over_splits(covered)
    assert 0.9 - error <= share <= 0.9 + 2 / (HELD_OUT + 1) + error


def test_pooled_cases_would_break_the_promise():
    def covered(held_out, new, seed):
        own = of_truth(lac_scores(held_out.probabilities), held_out.truth)
        alone = [str(number) for number in range(len(own))]
        return of_truth(lac_scores(new.probabilities), new.truth) <= conformal_threshold(own, alone, coverage=0.9)

    share, error = share_over_splits(covered)
    assert share + error < 0.8


def test_abstaining_keeps_wrong_answers_below_their_risk_in_200_splits():
    def answered_wrong(held_out, new, seed):
        wrong = held_out.probabilities.argmax(axis=1) != held_out.truth
        threshold = abstention_threshold(
            held_out.probabilities.max(axis=1), wrong.astype(float), held_out.groups, risk=0.1
        )
        missed = new.probabilities.argmax(axis=1) != new.truth
        return missed & (new.probabilities.max(axis=1) > threshold)

    share, error = share_over_splits(answered_wrong)
    assert 0.1 - 2 / (HELD_OUT + 1) - error <= share <= 0.1 + error


def test_p_values_of_usual_cases_are_as_small_as_chance_allows_in_200_splits():
    def strange(held_out, new, seed):
        scores = 1 - held_out.probabilities.max(axis=1)
        return conformal_p_values(1 - new.probabilities.max(axis=1), scores, held_out.groups) <= 0.05

    share, error = share_over_splits(strange)
    assert share <= 0.05 + error


def test_a_threshold_by_hand():
    scores, groups = np.array([0.1, 0.2, 0.3, 0.4]), ["a", "a", "a", "b"]  # each group has a third, one is unseen
    assert group_weights(groups).tolist() == pytest.approx([1 / 9, 1 / 9, 1 / 9, 1 / 3])
    assert conformal_threshold(scores, groups, coverage=0.2) == 0.2
    assert conformal_threshold(scores, groups, coverage=0.6) == 0.4
    assert conformal_threshold(scores, groups, coverage=0.7) == np.inf


def test_p_values_agree_with_the_threshold():
    rng = np.random.default_rng(0)
    scores, groups = rng.normal(size=60), [str(number // 3) for number in range(60)]
    new = rng.normal(size=500)
    let_in = new <= conformal_threshold(scores, groups, coverage=0.8)
    assert (let_in == (conformal_p_values(new, scores, groups) > 0.2 + 1e-9)).all()


def test_ties_are_as_strange_as_each_other():
    held_out, groups = np.ones(9), [str(number) for number in range(9)]
    assert conformal_p_values(np.array([1.0, 1.1]), held_out, groups).tolist() == pytest.approx([1.0, 0.1])


def test_nothing_is_promised_without_held_out_cases():
    nothing = np.zeros(0)
    assert conformal_threshold(nothing, [], coverage=0.9) == np.inf
    assert abstention_threshold(nothing, nothing, [], risk=0.1) == np.inf
    assert conformal_p_values(np.array([3.0]), nothing, []).tolist() == [1.0]


@pytest.mark.parametrize("share", [0.0, 1.0, 90.0])
def test_a_share_lies_between_0_and_1(share):
    with pytest.raises(ValueError, match=r"expected a coverage between 0 and 1, got .*; 0.9 means nine of ten"):
        conformal_threshold(np.ones(3), list("abc"), coverage=share)
