"""Kappa and rank correlation, worked by hand."""

import numpy as np
import pytest

from lexiscope.evaluate.metrics.agreement import binned, rank_correlation, weighted_kappa


def test_kappa_weighs_by_the_square_of_the_distance():
    # scores 0, 1, 2, 2 and 0, 2, 2, 1: observed disagreement (0 + 1 + 0 + 1) / 4 = 0.5; expected, from the marginals
    # (1, 1, 2) / 4 of both: sum p q (i - j)^2 = 2 (1*1*1 + 1*2*4 + 1*2*1) / 16 = 22 / 16
    assert weighted_kappa([0, 1, 2, 2], [0, 2, 2, 1], labels=3) == pytest.approx(1 - 0.5 / (22 / 16))


def test_judges_who_say_always_the_same_agree_by_chance_alone():
    assert weighted_kappa([1, 1], [1, 1], labels=4) == 0
    assert rank_correlation([50, 50], [0, 100]) == 0


def test_ranks_correlate_whatever_the_scale():
    assert rank_correlation([1, 2, 3, 4], [10, 100, 20, 1000]) == pytest.approx(1 - 6 * 2 / (4 * 15))


def test_bins_of_twenty_points():
    assert binned(np.array([0, 20, 39.9, 80, 100])).tolist() == [0, 1, 1, 4, 4]
