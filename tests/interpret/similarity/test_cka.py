"""Linear CKA: known values, two formulations of the literature, and that both ways of computing agree."""

import numpy as np
import pytest
import torch

from lexiscope.interpret.similarity.cka import cka_of, linear_cka
from lexiscope.interpret.similarity.hsic import sum_features
from lexiscope.interpret.similarity.permutation import permuted_cka


def drawn(n: int, d: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def related(n: int, d: int, e: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    shared = drawn(n, 4, seed=seed)
    x = shared @ drawn(4, d, seed=seed + 1) + drawn(n, d, seed=seed + 2)
    return x, shared @ drawn(4, e, seed=seed + 3) + drawn(n, e, seed=seed + 4) + 5


def by_kernels(x: np.ndarray, y: np.ndarray, *, unbiased: bool) -> float:
    """The formulation of textbooks: HSIC_1 of Song et al. (2012, equation 5), tr(KHLH) of Gretton et al. (2005)."""

    def hsic(k: np.ndarray, m: np.ndarray) -> float:
        n = len(k)
        if not unbiased:
            centring = np.eye(n) - 1 / n
            return float(np.trace(k @ centring @ m @ centring))
        k, m, ones = k - np.diag(np.diag(k)), m - np.diag(np.diag(m)), np.ones(n)
        sums = (ones @ k @ ones) * (ones @ m @ ones) / ((n - 1) * (n - 2))
        return float((np.trace(k @ m) + sums - 2 / (n - 2) * (ones @ k @ m @ ones)) / (n * (n - 3)))

    k, m = x @ x.T, y @ y.T
    return hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))


def by_features(x: np.ndarray, y: np.ndarray) -> float:
    """Kornblith et al. (2019, equation 5) in torch, with kernels centred as in their unbiased code."""

    def centred(features: np.ndarray) -> torch.Tensor:
        kernel = torch.from_numpy(features) @ torch.from_numpy(features).T
        n = len(kernel)
        kernel.fill_diagonal_(0)
        means = kernel.sum(dim=0) / (n - 2)
        means -= means.sum() / (2 * (n - 1))
        return (kernel - means[:, None] - means).fill_diagonal_(0)

    k, m = centred(x), centred(y)
    return float((k * m).sum() / (k.norm() * m.norm()))


@pytest.mark.parametrize(("n", "d"), [(50, 6), (12, 30)])
@pytest.mark.parametrize("unbiased", [True, False])
def test_a_rotation_a_scaling_and_a_translation_change_nothing(n: int, d: int, unbiased: bool) -> None:
    x = drawn(n, d)
    rotation, _ = np.linalg.qr(drawn(d, d, seed=1))
    assert linear_cka(x, 3 * x @ rotation + 7, unbiased=unbiased) == pytest.approx(1, abs=1e-9)


def test_unrelated_features_are_near_zero_unless_the_estimator_is_biased() -> None:
    x, y = drawn(200, 384), drawn(200, 384, seed=1)
    assert abs(linear_cka(x, y)) < 0.05
    assert linear_cka(x, y, unbiased=False) == pytest.approx(0.65, abs=0.02)


@pytest.mark.parametrize(  # by products of features, by kernels, by products in single precision
    ("n", "d", "e"), [(60, 5, 9), (20, 40, 30), (420, 400, 400)]
)
def test_formulations_of_the_literature_agree(n: int, d: int, e: int) -> None:
    x, y = related(n, d, e)
    assert linear_cka(x, y) == pytest.approx(by_kernels(x, y, unbiased=True), abs=1e-5)
    assert linear_cka(x, y) == pytest.approx(by_features(x, y), abs=1e-5)
    assert linear_cka(x, y, unbiased=False) == pytest.approx(by_kernels(x, y, unbiased=False), abs=1e-5)


def test_ckatorch_agrees() -> None:
    peer = pytest.importorskip("ckatorch.core")
    x, y = related(60, 12, 9)
    first, second = torch.from_numpy(x), torch.from_numpy(y)
    assert linear_cka(x, y) == pytest.approx(float(peer.cka_batch(first[None], second[None])), abs=1e-5)
    assert linear_cka(x, y, unbiased=False) == pytest.approx(float(peer.cka_base(first, second)), abs=1e-5)


def test_pytorch_cka_agrees() -> None:
    peer = pytest.importorskip("cka.hsic")
    x, y = related(60, 12, 9)
    k, m = torch.from_numpy(x @ x.T)[None], torch.from_numpy(y @ y.T)[None]
    cross, own, other = peer.hsic(k, m)
    assert linear_cka(x, y) == pytest.approx(float(cross[0, 0] / (own[0] * other[0]).sqrt()), abs=1e-5)


@pytest.mark.parametrize(("n", "d"), [(60, 5), (60, 40)])
@pytest.mark.parametrize("unbiased", [True, False])
def test_a_choice_of_blocks_is_what_its_cases_alone_give(n: int, d: int, unbiased: bool) -> None:
    x, y = related(n, d, d)
    block_of = np.random.default_rng(5).integers(0, 6, n)
    sums = [sum_features(*pair, block_of, blocks=6) for pair in ((x, y), (x, x), (y, y))]
    chosen = np.array([[1.0, 0, 1, 0, 0, 1], [0, 1, 1, 1, 1, 0]])
    for row, value in zip(chosen, cka_of(*sums, chosen=chosen, unbiased=unbiased), strict=True):
        rows = np.flatnonzero(row[block_of])
        assert value == pytest.approx(by_kernels(x[rows], y[rows], unbiased=unbiased), abs=1e-9)


def test_large_means_cost_no_digits_of_features_in_single_precision() -> None:
    x, y = related(80, 6, 6)
    assert linear_cka((x + 1e3).astype(np.float32), y) == pytest.approx(linear_cka(x, y), abs=1e-4)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_products_in_single_precision_neither_vanish_nor_overflow(scale: float) -> None:
    x, y = related(420, 400, 400)
    assert linear_cka(scale * x, y) == pytest.approx(linear_cka(x, y), abs=1e-6)


def test_a_feature_that_never_changes_has_no_alignment() -> None:
    assert np.isnan(linear_cka(np.ones((10, 3)), drawn(10, 3)))


def test_too_few_or_unpaired_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4; got 3 and 3 rows"):
        linear_cka(drawn(3, 2), drawn(3, 2))
    with pytest.raises(ValueError, match="got 10 and 9 rows"):
        linear_cka(drawn(10, 2), drawn(9, 2))


def test_chance_is_centred_on_zero_and_the_true_pairing_is_beyond_it() -> None:
    x, y = related(60, 5, 9)
    groups = [str(row // 2) for row in range(60)]
    null = permuted_cka(x, y, groups, draws=50)
    assert abs(null.mean()) < 0.05
    assert linear_cka(x, y) > np.quantile(null, 0.975)


def test_chance_is_drawn_from_some_cases_where_there_are_many() -> None:
    x, y = related(60, 5, 9)
    groups = [str(row) for row in range(60)]
    few = permuted_cka(x, y, groups, draws=50, most=15)
    assert few.std() > 1.5 * permuted_cka(x, y, groups, draws=50).std()
