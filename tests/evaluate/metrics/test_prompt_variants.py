"""MM-BigBench's figures, worked by hand."""

import numpy as np
import pytest

from lexiscope.evaluate.metrics import prompt_variants as wordings

# Two models on one data set under three instructions.
A = np.array([[[0.9, 0.6, 0.3]], [[0.3, 0.6, 0.3]]])


def test_best_is_the_most_fitting_instruction():
    np.testing.assert_allclose(wordings.best(A), [[0.9], [0.6]])


def test_a_model_gains_against_the_mean_of_the_models():
    # means over models: 0.6, 0.6, 0.3; gains of the first: +50 %, 0 %, 0 %
    np.testing.assert_allclose(wordings.relative_gain_of_models(A), [[50 / 3], [-50 / 3]])


def test_an_instruction_gains_against_the_mean_of_the_instructions():
    # means over instructions: 0.6 and 0.4; the first instruction: +50 % and -25 %
    np.testing.assert_allclose(wordings.relative_gain_of_instructions(A), [[12.5, 25.0, -37.5]])


def test_nobody_gains_where_nothing_is_right():
    assert not wordings.relative_gain_of_models(np.zeros((2, 1, 3))).any()


def test_stability_is_the_spread_over_instructions_or_models():
    np.testing.assert_allclose(wordings.stability_of_models(A), [[0.06**0.5], [0.02**0.5]])
    np.testing.assert_allclose(wordings.stability_of_instructions(A), [[0.3, 0, 0]], atol=1e-12)


def test_hits_are_shares_of_the_best_slots():
    # one data set, top 2: the first model's slots go to instructions 0 and 1, the second's to 1 and half each to 0, 2
    np.testing.assert_allclose(wordings.hit_ratio(A, top=2), [[0.5, 0.5, 0], [0.25, 0.5, 0.25]])


@pytest.mark.parametrize("top", [1, 3, 9])
def test_all_slots_are_won_whatever_ties(top):
    tied = np.random.default_rng(0).integers(0, 3, (3, 4, 7)) / 2
    np.testing.assert_allclose(wordings.hit_ratio(tied, top=top).sum(axis=1), 1)
