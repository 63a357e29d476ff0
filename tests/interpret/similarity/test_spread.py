"""Half samples spread as the statistic does over other groups, also where a bootstrap would count copies."""

import numpy as np
import pytest

from lexiscope.interpret.similarity.cka import cka_of
from lexiscope.interpret.similarity.hsic import sum_features
from lexiscope.interpret.similarity.spread import half_sample_interval


@pytest.mark.parametrize("blocks", [9, 40])
def test_the_interval_of_a_mean_is_that_of_the_textbook(blocks: int) -> None:
    values = np.random.default_rng(0).normal(size=blocks)

    def mean(chosen: np.ndarray) -> np.ndarray:
        return chosen @ values / chosen.sum(axis=1)

    interval = half_sample_interval(mean, blocks=blocks, draws=2000)
    assert interval is not None
    expected = 1.96 * values.std(ddof=1) / np.sqrt(blocks)
    assert (interval[1] - interval[0]) / 2 == pytest.approx(expected, rel=0.12)
    assert sum(interval) / 2 == pytest.approx(values.mean(), abs=0.1 * expected)


def test_the_interval_of_unrelated_features_holds_zero() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(120, 40)), rng.normal(size=(120, 40))
    block_of = np.arange(120) // 3
    sums = [sum_features(*pair, block_of, blocks=40) for pair in ((x, y), (x, x), (y, y))]
    interval = half_sample_interval(lambda chosen: cka_of(*sums, chosen=chosen), blocks=40)
    assert interval is not None
    assert interval[0] < 0 < interval[1] < 0.2


def test_too_few_blocks_have_no_interval() -> None:
    assert half_sample_interval(lambda chosen: chosen.sum(axis=1), blocks=3) is None


def test_a_statistic_that_seldom_exists_has_no_interval() -> None:
    def rare(chosen: np.ndarray) -> np.ndarray:
        return np.where(chosen.all(axis=1), 1.0, np.nan)

    assert half_sample_interval(rare, blocks=6) is None
