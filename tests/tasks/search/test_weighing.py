"""Weights of the legs: chosen where enough queries say so, the defaults everywhere else."""

import numpy as np

from lexiscope.corpus import Corpus
from lexiscope.index.legs import LegWeights
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.search.weighing import LegScores, best_weights, weigh_legs


def test_a_leg_that_misleads_loses_its_weight() -> None:
    """Exact words and wording are right, by a hair; the images point to the neighbour."""
    n = 60
    right, wrong = np.eye(n), np.roll(np.eye(n), 1, axis=1)
    weights = best_weights(LegScores(image=wrong, tower=0.1 * right, joint=0.1 * right, words=5 * right))
    assert weights.image.weight == 0.0
    assert weights.wording == LegWeights().wording


def test_a_leg_that_alone_knows_gains_weight() -> None:
    n = 60
    right, wrong = np.eye(n), np.roll(np.eye(n), 1, axis=1)
    weights = best_weights(LegScores(image=right, tower=0.7 * wrong, joint=0.7 * wrong, words=np.zeros((n, n))))
    assert weights.image.weight == 0.8


def test_a_joint_space_that_misleads_is_left_out() -> None:
    n = 60
    right, wrong = np.eye(n), np.roll(np.eye(n), 1, axis=1)
    weights = best_weights(LegScores(image=0 * right, tower=right, joint=1.5 * wrong, words=0 * right))
    assert weights.joint < LegWeights().joint


def test_a_gain_that_chance_may_give_keeps_the_defaults() -> None:
    """One query of sixty is found without the images alone."""
    n = 60
    image = np.eye(n)
    image[0] = np.roll(image[0], 1) * 3
    assert best_weights(LegScores(image=image, tower=np.eye(n), joint=np.eye(n), words=30 * np.eye(n))) == LegWeights()


def test_what_makes_no_difference_keeps_the_defaults() -> None:
    right = np.eye(50)
    assert best_weights(LegScores(right, right, right, right)) == LegWeights()


def test_without_pairs_of_texts_the_defaults_are_kept(corpus: Corpus, model: ModelDirectory) -> None:
    found = weigh_legs(model, corpus, joint=model.joint())
    assert found == {"weights": LegWeights(), "weighed_on": None}
