"""Random fields are smooth, of about unit variance, and follow from their generator."""

import numpy as np
import pytest

from lexiscope.simulate.brain.fields import smooth_field


def _field(seed, knots=(4, 6, 5)):
    return smooth_field(np.random.default_rng(seed), shape=(16, 48, 40), knots=knots)


def test_the_seed_alone_decides():
    assert np.array_equal(_field(1), _field(1))
    assert not np.array_equal(_field(1), _field(2))


def test_the_variance_is_about_one():
    assert np.mean([_field(seed).var() for seed in range(30)]) == pytest.approx(1.0, abs=0.2)


def test_fewer_knots_are_smoother():
    def roughness(field):
        return np.mean(np.diff(field, axis=1) ** 2)

    assert roughness(_field(0, knots=(4, 24, 5))) > 5 * roughness(_field(0, knots=(4, 6, 5)))
