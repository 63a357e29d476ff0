"""`Measure`: what counts, what its chance level is taken over, and the same resamples for every estimate."""

import numpy as np

from lexiscope.evaluate.measure import Measure

_GROUPS = ["a", "a", "b", "b", "c", "c"]


def test_missing_values_do_not_count() -> None:
    found = Measure(_GROUPS).mean(np.array([1.0, np.nan, 0.0, np.nan, np.nan, np.nan]), chance=0.5)
    assert (found.value, found.n, found.groups, found.chance) == (0.5, 2, 2, 0.5)


def test_chance_is_taken_over_the_rows_that_count() -> None:
    values = np.array([1.0, np.nan, 1.0, 1.0, 1.0, 1.0])
    found = Measure(_GROUPS).mean(values, rows=np.array([0, 1, 2]), chance=lambda rows: float(rows.sum()))
    assert (found.chance, found.n) == (2.0, 2)


def test_nothing_to_measure_is_no_number() -> None:
    found = Measure(_GROUPS).mean(np.full(6, np.nan), chance=0.5)
    assert (found.value, found.chance, found.n) == (None, None, 0)


def test_estimates_are_resampled_alike_so_a_difference_is_narrower_than_its_parts() -> None:
    rng = np.random.default_rng(0)
    groups = [f"g{row // 3}" for row in range(60)]
    hard = np.repeat(rng.normal(size=20), 3)  # what groups differ in is the same for both
    one, other = hard + 0.1 * rng.normal(size=60), hard + 0.1 * rng.normal(size=60)
    measure = Measure(groups, seed=3, resamples=200)
    difference = measure.mean(one - other, chance=0.0)
    alone = measure.mean(one, chance=0.0)
    assert difference.high - difference.low < 0.3 * (alone.high - alone.low)
    assert measure.mean(one, chance=0.0) == alone
    assert Measure(groups, seed=4, resamples=200).mean(one, chance=0.0) != alone


def test_any_statistic_of_the_rows_has_an_interval() -> None:
    values = np.arange(6.0)
    found = Measure(_GROUPS, resamples=100).of(lambda rows: float(np.median(values[rows])), chance=2.5)
    assert found.value == 2.5
    assert found.low <= 2.5 <= found.high
