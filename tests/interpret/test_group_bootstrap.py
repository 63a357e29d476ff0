import numpy as np
import pytest

from lexiscope.evaluate.statistics import bootstrap_by_group
from lexiscope.interpret.group_bootstrap import bootstrap_means


def test_each_column_gets_the_interval_it_gets_alone():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 3))
    groups = [f"g{number}" for number in rng.integers(0, 17, 60)]
    together = bootstrap_means(values, groups, chance=0.5, seed=4)
    alone = [bootstrap_by_group(column, groups, chance=0.5, seed=4) for column in values.T]
    for one, other in zip(together, alone, strict=True):
        assert (one.chance, one.n, one.groups) == (other.chance, other.n, other.groups)
        assert np.allclose([one.value, one.low, one.high], [other.value, other.low, other.high])


def test_one_group_has_no_interval():
    (estimate,) = bootstrap_means(np.array([[1.0], [2.0]]), ["p", "p"])
    assert (estimate.value, estimate.low, estimate.groups) == (1.5, None, 1)


def test_a_case_without_a_group_is_refused():
    with pytest.raises(ValueError, match="one group for each of at least one case, got 2 and 1"):
        bootstrap_means(np.ones((2, 1)), ["p"])
