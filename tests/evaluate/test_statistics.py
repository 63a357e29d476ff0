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


@pytest.mark.slow
def test_intervals_cover_the_truth_about_as_often_as_they_say():
    """Groups of unequal size whose members resemble each other; the true mean is 0. 95 % of intervals should hold it.

    With 30 groups the percentile interval is a little too short, so 88 % to 99 % of 200 is asked (a binomial of 0.95
    gives less than 0.9 once in 700 such tests). Resampling cases instead of groups would cover far less.
    """
    rng = np.random.default_rng(0)
    covered = {"groups": 0, "cases": 0}
    for _ in range(200):
        sizes = rng.integers(1, 6, size=30)
        groups = np.repeat(np.arange(30), sizes)
        values = rng.normal(size=30)[groups] + 0.5 * rng.normal(size=len(groups))
        for name, owners in (("groups", groups), ("cases", np.arange(len(groups)))):
            found = bootstrap_by_group(values, [str(one) for one in owners], chance=0.0, seed=1, resamples=200)
            covered[name] += found.low <= 0 <= found.high
    assert 0.88 <= covered["groups"] / 200 <= 0.99
    assert covered["cases"] / 200 < 0.85


def test_a_group_is_drawn_whole():
    """Three values and one: two draws of a group give two, four or six values, and nothing else."""
    sizes = set()
    bootstrap_by_group(
        np.arange(4.0), ["a", "a", "a", "b"], chance=0.0, statistic=lambda some: float(sizes.add(len(some)) or 0)
    )
    assert sizes == {2, 4, 6}
