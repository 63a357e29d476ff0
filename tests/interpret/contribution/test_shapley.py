from itertools import permutations

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.coalitions import subsets
from lexiscope.interpret.contribution.sampled import sampled_coalitions, sampled_shapley_values
from lexiscope.interpret.contribution.shape import cooperation
from lexiscope.interpret.contribution.shapley import shapley_values

_NAMES = tuple(f"input {number}" for number in range(12))


def _by_orders(values, inputs):
    """Shapley's own words: the mean of what an input adds when it comes, over all orders in which inputs come."""
    phi = np.zeros(inputs)
    orders = list(permutations(range(inputs)))
    for order in orders:
        kept = 0
        for one in order:
            phi[one] += values[kept | 1 << one] - values[kept]
            kept |= 1 << one
    return phi / len(orders)


def test_shape_of_two_modalities_by_hand():
    values = np.array([[0.5, 0.7, 0.6, 0.9]])  # nothing, first, second, both
    # first: (0.2 + 0.3) / 2; second: (0.1 + 0.2) / 2; together: 0.4 - 0.2 - 0.1
    assert np.allclose(shapley_values(values), [[0.25, 0.15]], atol=1e-12)
    assert np.allclose(cooperation(values[:, 0], values[:, 1:3], values[:, 3]), 0.1, atol=1e-12)


def test_shape_of_three_modalities_by_hand():
    values = np.array([[0.2, 0.5, 0.4, 0.6, 0.2, 0.6, 0.5, 0.9]])  # -, a, b, ab, c, ac, bc, abc
    # a: 0.3/3 + 0.2/6 + 0.4/6 + 0.4/3; b: 0.2/3 + 0.1/6 + 0.3/6 + 0.3/3; c: 0/3 + 0.1/6 + 0.1/6 + 0.3/3
    assert np.allclose(shapley_values(values), [[1 / 3, 7 / 30, 2 / 15]], atol=1e-12)
    assert np.allclose(cooperation(values[:, 0], values[:, [1, 2, 4]], values[:, 7]), 0.7 - 0.3 - 0.2 - 0.0)


@pytest.mark.parametrize("inputs", [1, 2, 4, 5])
def test_values_are_those_of_all_orders(inputs):
    values = np.random.default_rng(inputs).normal(size=(3, 1 << inputs))
    assert np.allclose(shapley_values(values), [_by_orders(row, inputs) for row in values], atol=1e-12)


@pytest.mark.parametrize("inputs", range(1, 11))
def test_values_add_up_to_what_all_inputs_add(inputs):
    values = 100 * np.random.default_rng(inputs).normal(size=(4, 1 << inputs))
    assert np.allclose(shapley_values(values).sum(1), values[:, -1] - values[:, 0], rtol=0, atol=1e-9)


@pytest.mark.slow  # shapiq imports a machine-learning house
@pytest.mark.parametrize("inputs", [2, 3, 6, 10])
def test_values_are_those_of_shapiq(inputs):
    shapiq = pytest.importorskip("shapiq")
    values = np.random.default_rng(inputs).normal(size=1 << inputs)
    bits = 1 << np.arange(inputs)
    game = shapiq.ExactComputer(n_players=inputs, game=lambda asked: values[np.asarray(asked, dtype=int) @ bits])
    theirs = game("SV", order=1).get_n_order_values(1)
    assert np.allclose(shapley_values(values[None])[0], theirs, rtol=0, atol=1e-9)


def test_a_table_that_misses_coalitions_is_refused():
    with pytest.raises(UsageError, match=r"each of 2\*\*M coalitions, got 3"):
        shapley_values(np.zeros((1, 3)))


@pytest.mark.slow
def test_more_than_ten_inputs_are_sampled():
    pytest.importorskip("shapiq")
    kept = sampled_coalitions(_NAMES, seed=1)
    weights = np.random.default_rng(0).normal(size=(5, 12))
    read = np.array([[name in names for name in _NAMES] for names in kept], dtype=float)
    both = read[:, 0] * read[:, 1]
    values = weights @ read.T + 2 * both
    found = sampled_shapley_values(values, kept, _NAMES, seed=1)
    exact = weights + np.where(np.arange(12) < 2, 1.0, 0.0)
    assert len(set(kept)) == len(kept) < 1 << 12
    assert np.allclose(found, exact, atol=0.1)
    full, none = kept.index(frozenset(_NAMES)), kept.index(frozenset())
    assert np.allclose(found.sum(1), values[:, full] - values[:, none], rtol=0, atol=1e-6)


def test_more_than_ten_inputs_without_shapiq_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "shapiq.approximator", None)
    with pytest.raises(UsageError, match=r"exact up to 10 inputs, got 12; .*lexiscope\[interpret\]"):
        sampled_coalitions(_NAMES)


def test_columns_of_the_table_are_those_of_the_coalitions():
    kept = subsets(("a", "b"))
    worth = {frozenset(): 0.0, frozenset("a"): 3.0, frozenset("b"): 0.0, frozenset("ab"): 3.0}
    assert np.allclose(shapley_values(np.array([[worth[names] for names in kept]])), [[3.0, 0.0]])
