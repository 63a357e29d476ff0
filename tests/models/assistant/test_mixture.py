"""How the language model and the evidence are weighed, by hand."""

import json
import math

import numpy as np
import pytest

from lexiscope.models.assistant.mixture import Mixture, Vote, Weights

LM_SCORES = {"yes": 0.2, "no": 0.5}
VOTES = [Vote("yes", 2.0), Vote("left", 0.0)]


def test_probabilities_are_the_weighted_sum() -> None:
    share = math.exp(2) / (math.exp(2) + 1)  # of the first vote
    found = Weights(evidence=0.25).probabilities(LM_SCORES, VOTES)
    assert found == pytest.approx({"yes": 0.75 * 0.2 + 0.25 * share, "no": 0.75 * 0.5, "left": 0.25 * (1 - share)})


def test_a_low_temperature_trusts_the_first_vote() -> None:
    assert Weights(1.0, temperature=0.01).probabilities({}, VOTES) == pytest.approx({"yes": 1.0, "left": 0.0})
    assert Weights(1.0, temperature=1e9).probabilities({}, VOTES) == pytest.approx({"yes": 0.5, "left": 0.5})


def test_without_votes_all_is_left_to_the_language_model() -> None:
    assert Weights(evidence=0.9).probabilities(LM_SCORES) == pytest.approx(LM_SCORES)


def test_what_proposes_nothing_leaves_its_weight_to_the_others() -> None:
    weights = Weights(evidence=0.2, classifier=0.6)
    found = weights.probabilities(LM_SCORES, classifier_scores={"no": 1.0})
    assert found == pytest.approx({"yes": 0.25 * 0.2, "no": 0.25 * 0.5 + 0.75})
    assert weights.probabilities(LM_SCORES, VOTES[:1]) == pytest.approx({"yes": 0.5 * 0.2 + 0.5, "no": 0.5 * 0.5})


def test_a_sentence_of_the_context_counts_by_the_overlap_expected_of_it() -> None:
    found = Weights(reading=0.5).probabilities(LM_SCORES, read_scores={"no": 0.4, "two cracks": 0.8})
    assert found == pytest.approx({"yes": 0.1, "no": 0.25 + 0.2, "two cracks": 0.4})


def test_without_weights_for_contexts_those_without_hold() -> None:
    told = Weights(reading=0.4)
    mixture = Mixture(Weights(0.1), Weights(0.2), open_informed=told)
    assert mixture.weights(closed=False, informed=True) == told
    assert mixture.weights(closed=True, informed=True) == Weights(0.1)
    assert mixture.weights(closed=False, informed=False) == Weights(0.2)
    assert Mixture.from_dict(json.loads(json.dumps(mixture.to_dict()))) == mixture


def test_a_mixture_is_the_same_after_a_round_trip_through_json() -> None:
    mixture = Mixture(Weights(0.1, 0.2, 0.5, 0.6), Weights(0.3, 0.4, 2.0, 0.1))
    assert Mixture.from_dict(json.loads(json.dumps(mixture.to_dict()))) == mixture


def test_an_answer_is_given_from_the_threshold_on_and_never_for_nothing() -> None:
    assert Weights(threshold=0.5).gives(0.5)
    assert not Weights(threshold=0.5).gives(0.49)
    assert not Weights(threshold=0.0).gives(0.0)


@pytest.mark.parametrize("seed", range(20))
def test_probabilities_of_offered_answers_sum_to_at_most_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = ["yes", "no", "left", "right"][: rng.integers(1, 5)]
    lm_scores = dict(zip(answers, rng.dirichlet(np.ones(len(answers))) * rng.random(), strict=True))
    classifier_scores = dict(zip(answers, rng.dirichlet(np.ones(len(answers))), strict=True))
    votes = [Vote(str(rng.choice(answers)), float(rng.normal())) for _ in range(rng.integers(0, 5))]
    evidence = float(rng.random())
    weights = Weights(evidence, float(rng.random()) * (1 - evidence), float(rng.uniform(0.1, 3)))
    mixed = weights.probabilities(lm_scores, votes, classifier_scores if rng.random() < 0.7 else {})
    assert min(mixed.values()) >= 0
    assert sum(mixed.values()) <= 1 + 1e-9
    whole = {answer: score / sum(lm_scores.values()) for answer, score in lm_scores.items()}
    assert sum(weights.probabilities(whole, votes, classifier_scores).values()) == pytest.approx(1)
