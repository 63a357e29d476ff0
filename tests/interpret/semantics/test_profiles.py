"""Variance, consistency and speciality of worked examples."""

import numpy as np
import pytest

from lexiscope.interpret.semantics.profiles import consistency, profiles, speciality, variance


def test_profiles_that_are_the_same_differ_in_nothing() -> None:
    same = np.array([[0.25, 0.75], [0.25, 0.75], [0.25, 0.75]])
    assert float(variance(same)) == 0
    assert float(consistency(same)) == 0.5
    assert speciality(same).tolist() == [0, 0, 0]


def test_three_modalities_of_which_one_is_special() -> None:
    profile = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert speciality(profile).tolist() == [0, 0, 1]
    assert float(consistency(profile)) == 0
    assert float(variance(profile)) == pytest.approx((2 * (0.5**2 * 2 / 9) + 2 / 9) / 3)


def test_replicas_are_computed_one_by_one() -> None:
    drawn = np.random.default_rng(0).dirichlet(np.ones(4), size=(3, 5))  # modalities, replicas, concepts
    for one in range(5):
        assert variance(drawn)[one] == pytest.approx(float(variance(drawn[:, one])))
        assert speciality(drawn)[:, one] == pytest.approx(speciality(drawn[:, one]))


def test_units_that_respond_to_nothing_have_an_even_profile() -> None:
    assert profiles(np.zeros((3, 4))).tolist() == [0.25] * 4
