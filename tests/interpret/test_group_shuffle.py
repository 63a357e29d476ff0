"""Chance by groups: whole groups trade places, and nothing of the order within them is kept."""

import numpy as np

from lexiscope.interpret.group_shuffle import shuffle_groups
from lexiscope.interpret.interaction.null import measured_parts
from lexiscope.interpret.interaction.pid import Pid
from lexiscope.interpret.similarity.permutation import permuted_cka

_DIGITS = np.tile(np.arange(10), 6)  # six speakers say the ten digits, each in the same order
_SPEAKERS = [f"speaker {number}" for number in np.repeat(np.arange(6), 10)]


def test_groups_stay_together():
    rows = shuffle_groups(_SPEAKERS, np.random.default_rng(0))
    taken = np.array([_SPEAKERS[row] for row in rows]).reshape(6, 10)
    assert sorted(rows.tolist()) == list(range(60))
    assert (taken == taken[:, :1]).all()


def test_labels_that_every_group_lists_in_one_order_are_drawn_anew():
    rng = np.random.default_rng(0)
    hits = [float((_DIGITS[shuffle_groups(_SPEAKERS, rng)] == _DIGITS).mean()) for _ in range(100)]
    assert abs(np.mean(hits) - 0.1) < 0.03


def test_features_that_repeat_from_group_to_group_do_not_pass_for_chance():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(10, 8))[_DIGITS] + 0.1 * rng.normal(size=(60, 8))
    null = permuted_cka(x, x, _SPEAKERS)
    assert null.max() < 0.5


def test_information_about_labels_in_one_order_lies_beyond_its_null():
    def told(rows: np.ndarray, labels: np.ndarray) -> Pid:
        return Pid(0.0, float((_DIGITS[rows] == labels).mean()), 0.0, 0.0)

    part = measured_parts(told, _DIGITS, _SPEAKERS, permutations=50, resamples=5)["total"]
    assert part.estimate.value == 1.0
    assert part.p_value < 0.05
