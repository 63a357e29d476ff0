import numpy as np
import pytest

from lexiscope.evaluate.statistics import bootstrap_by_group


def test_interval_covers_the_value_and_is_repeatable():
    values = np.random.default_rng(0).random(200)
    groups = [str(i // 4) for i in range(200)]
    first = bootstrap_by_group(values, groups, chance=0.5, seed=3)
    assert first.low < first.value < first.high
    assert first == bootstrap_by_group(values, groups, chance=0.5, seed=3)


def test_groups_that_agree_inside_give_a_wider_interval_than_single_cases():
    values = np.repeat(np.random.default_rng(1).integers(0, 2, 20), 10).astype(float)
    by_group = bootstrap_by_group(values, [str(i // 10) for i in range(200)], chance=0.5)
    by_case = bootstrap_by_group(values, [str(i) for i in range(200)], chance=0.5)
    assert by_group.high - by_group.low > 2 * (by_case.high - by_case.low)


def test_one_group_has_no_interval():
    estimate = bootstrap_by_group(np.array([0.0, 1.0]), ["a", "a"], chance=0.5)
    assert (estimate.value, estimate.low, estimate.high) == (0.5, None, None)


def test_median_as_the_statistic():
    estimate = bootstrap_by_group(np.array([1.0, 2.0, 9.0]), ["a", "b", "c"], chance=5, statistic=np.median)
    assert estimate.value == 2


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one group for each"):
        bootstrap_by_group(np.array([1.0]), ["a", "b"], chance=0)
