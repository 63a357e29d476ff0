import numpy as np
import pytest
from scipy.optimize import minimize

from lexiscope.interpret.interaction.gaussian_pid import (
    few_dimensions,
    gaussian_features_pid,
    gaussian_pid,
    least_information,
)


def information(gain):
    return 0.5 * np.log1p(gain**2)


def channels(one, two, noise_correlation=0.0):
    """Covariance of (X1, X2, Y) with X_i = gain_i Y_i + white noise, dimension by dimension."""
    k = len(one)
    gains = np.concatenate([np.diag(one), np.diag(two)])
    noise = np.kron(np.array([[1, noise_correlation], [noise_correlation, 1]]), np.eye(k))
    return np.block([[gains @ gains.T + noise, gains], [gains.T, np.eye(k)]])


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.8])
@pytest.mark.parametrize(("one", "two"), [(1.0, 1.0), (0.3, 2.0), (2.0, 0.0)])
def test_of_a_scalar_the_weaker_source_is_redundant(one, two, correlation):
    # for a scalar Y, R = min(I1, I2) (Barrett 2015, https://arxiv.org/abs/1411.2832)
    parts = gaussian_pid(channels([one], [two], correlation), first=1, second=1)
    weak, strong = sorted([information(one), information(two)])
    both = np.array([one, two]) @ np.linalg.solve([[1, correlation], [correlation, 1]], [one, two])
    assert parts.redundancy == pytest.approx(weak, abs=1e-6)
    assert max(parts.unique_1, parts.unique_2) == pytest.approx(strong - weak, abs=1e-6)
    assert parts.synergy == pytest.approx(0.5 * np.log1p(both) - strong, abs=1e-6)


def test_independent_dimensions_add_up():
    one, two = [1.0, 0.2, 2.0], [0.5, 1.5, 2.0]
    parts = gaussian_pid(channels(one, two), first=3, second=3)
    pairs = [(information(a), information(b)) for a, b in zip(one, two, strict=True)]
    assert parts.redundancy == pytest.approx(sum(min(pair) for pair in pairs), abs=1e-5)
    assert parts.unique_1 == pytest.approx(sum(max(a - b, 0) for a, b in pairs), abs=1e-5)
    assert parts.unique_2 == pytest.approx(sum(max(b - a, 0) for a, b in pairs), abs=1e-5)


def test_no_change_of_basis_of_a_source_or_of_the_label_changes_anything():
    rng = np.random.default_rng(0)
    before = channels([1.0, 0.2], [0.5, 1.5], 0.3)
    turn = np.zeros((6, 6))
    for place in range(3):
        turn[2 * place : 2 * place + 2, 2 * place : 2 * place + 2] = rng.normal(size=(2, 2)) + 2 * np.eye(2)
    after = gaussian_pid(turn @ before @ turn.T, first=2, second=2)
    assert after.vector() == pytest.approx(gaussian_pid(before, first=2, second=2).vector(), abs=1e-5)


def test_no_correlation_of_the_noises_tells_less():
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(3, 2)), rng.normal(size=(2, 2))
    least = least_information(one, two)
    gains = np.concatenate([one, two])
    for _ in range(300):
        left, _, right = np.linalg.svd(rng.normal(size=(3, 2)), full_matrices=False)
        cross = (left * rng.uniform(0, 0.999, 2)) @ right
        noise = np.block([[np.eye(3), cross], [cross.T, np.eye(2)]])
        told = 0.5 * np.linalg.slogdet(np.eye(2) + gains.T @ np.linalg.solve(noise, gains))[1]
        assert told >= least - 1e-8


@pytest.mark.parametrize("seed", [3, 141])  # where steps that shrink too soon stop 1e-3 and 6e-3 above the least
def test_the_search_does_not_stop_before_the_least(seed):
    rng = np.random.default_rng(seed)
    one, two = 0.3 * rng.normal(size=(3, 4)), 0.3 * rng.normal(size=(4, 4))
    gains = np.concatenate([one, two])

    def told(values):
        left, size, right = np.linalg.svd(values.reshape(3, 4), full_matrices=False)
        cross = (left * (size / np.sqrt(1 + size**2))) @ right
        noise = np.block([[np.eye(3), cross], [cross.T, np.eye(4)]])
        return 0.5 * np.linalg.slogdet(np.eye(4) + gains.T @ np.linalg.solve(noise, gains))[1]

    peer = minimize(told, rng.normal(size=12), method="L-BFGS-B", options={"maxiter": 300})
    assert least_information(one, two) <= peer.fun + 1e-7


def test_features_that_say_the_same_are_redundant_and_an_xor_is_not_seen():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 2000))
    noisy = [rng.normal(0, 0.5, (2000, 3)) for _ in range(2)]
    same = gaussian_features_pid(a[:, None] + noisy[0], a[:, None] + noisy[1], a, classes=2)
    apart = gaussian_features_pid(a[:, None] + noisy[0], b[:, None] + noisy[1], a, classes=2)
    xor = gaussian_features_pid(a[:, None] + noisy[0], b[:, None] + noisy[1], a ^ b, classes=2)
    assert same.redundancy > 4 * max(same.unique_1, same.unique_2)
    assert apart.unique_1 > 20 * max(apart.redundancy, apart.synergy, apart.unique_2)
    assert xor.total < 0.01


def test_few_cases_have_few_dimensions():
    assert few_dimensions(np.random.default_rng(0).normal(size=(30, 16))).shape == (30, 3)
