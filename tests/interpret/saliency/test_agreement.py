import numpy as np
import pytest

from lexiscope.interpret.saliency.agreement import rank_correlation, structural_similarity


def test_ranks_are_those_of_scipy():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 5, 4)), rng.integers(0, 3, (3, 5, 4)).astype(float)  # with ties
    theirs = [spearmanr(np.abs(x).ravel(), np.abs(y).ravel())[0] for x, y in zip(a, b, strict=True)]
    assert np.allclose(rank_correlation(a, b), theirs)


def test_a_background_of_zeros_makes_no_maps_alike():
    a, b = np.array([[1.0, 2.0, 3.0]]), np.array([[3.0, 1.0, 2.0]])
    framed = [np.pad(x, ((0, 0), (0, 50))) for x in (a, b)]
    assert rank_correlation(*framed)[0] == pytest.approx(rank_correlation(a, b)[0]) == pytest.approx(-0.5)


def test_an_even_map_has_no_rank_correlation():
    assert np.isnan(rank_correlation(np.ones((1, 4)), np.arange(4.0)[None])).all()


def test_structure_of_two_even_maps_is_that_of_their_brightness():
    # scaled to their own largest values, even maps are both ones; against zeros, only the constants are left
    even, zeros = np.full((1, 8, 8), 3.0), np.zeros((1, 8, 8))
    assert structural_similarity(even, 0.1 * even)[0] == pytest.approx(1)
    assert structural_similarity(even, zeros)[0] == pytest.approx(1e-4 / (1 + 1e-4))


def test_noise_is_not_alike_and_a_blurred_map_is_more_so():
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(1)
    x, noise = gaussian_filter(rng.random((1, 32, 32)), (0, 2, 2)), rng.random((1, 32, 32))
    assert structural_similarity(x, x)[0] == pytest.approx(1)
    assert structural_similarity(x, noise)[0] < 0.3
    assert structural_similarity(x, gaussian_filter(x, (0, 1, 1)))[0] > 0.8
