import numpy as np

from lexiscope.interpret.interaction.null import measured_parts
from lexiscope.interpret.interaction.pid import Pid, joint_table, mutual_information


def quick(first, second, labels):
    """Total information alone, as synergy: no solver, so that a test takes no time."""

    def measure(rows, permuted_labels):
        table = joint_table(first[rows], second[rows], permuted_labels, (2, 2, 2)).reshape(4, 2)
        return Pid(0.0, 0.0, 0.0, mutual_information(table))

    return measure


def bits(n=120, seed=0):
    return np.random.default_rng(seed).integers(0, 2, (3, n))


def test_what_is_there_lies_beyond_chance():
    first, second, _ = bits()
    labels = first ^ second
    parts = measured_parts(quick(first, second, labels), labels, [str(i // 2) for i in range(120)], resamples=50)
    synergy = parts["synergy"]
    assert synergy.beyond_chance
    assert synergy.estimate.low <= synergy.estimate.value <= synergy.estimate.high
    assert synergy.estimate.chance < synergy.null_high < 0.1
    assert synergy.p_value == 1 / 101
    assert (synergy.estimate.n, synergy.estimate.groups) == (120, 60)
    assert not parts["redundancy"].beyond_chance


def test_random_labels_seldom_lie_beyond_chance():
    groups = [str(row) for row in range(120)]
    beyond = 0
    for seed in range(20):
        first, second, labels = bits(seed=seed)
        parts = measured_parts(quick(first, second, labels), labels, groups, permutations=60, resamples=40, seed=seed)
        beyond += parts["total"].beyond_chance
    assert beyond <= 1


def test_one_group_has_no_interval_and_so_nothing_beyond_chance():
    first, second, _ = bits(20)
    parts = measured_parts(quick(first, second, first), first, ["a"] * 20, permutations=5)
    assert parts["total"].estimate.low is None
    assert not parts["total"].beyond_chance
