import numpy as np
import pytest

from lexiscope.evaluate.metrics.retrieval import (
    average_precision,
    chance_average_precision,
    chance_first_rank,
    chance_recall_at,
    first_rank,
    recall_at,
    relevant_ranks,
)


def test_a_perfect_order_ranks_first():
    ranks = relevant_ranks(np.eye(4), np.eye(4), [np.array([i]) for i in range(4)])
    assert recall_at(ranks, 1).mean() == 1
    assert first_rank(ranks).tolist() == [1, 1, 1, 1]
    assert average_precision(ranks).mean() == 1


def test_ranks_by_hand():
    scores = np.array([[0.9, 0.8, 0.7, 0.1]])
    ranks = relevant_ranks(np.ones((1, 1)), scores.T, [np.array([3, 1])])
    assert ranks[0].tolist() == [2, 4]
    assert average_precision(ranks)[0] == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_a_constant_model_lands_in_the_middle():
    ranks = relevant_ranks(np.ones((3, 1)), np.ones((9, 1)), [np.array([i]) for i in range(3)])
    assert first_rank(ranks).tolist() == [5, 5, 5]


def test_relevant_items_that_tie_do_not_push_each_other_down():
    gallery = np.array([[1.0], [1.0], [0.0]])
    ranks = relevant_ranks(np.ones((1, 1)), gallery, [np.array([0, 1])])
    assert ranks[0].tolist() == [1, 2]


@pytest.mark.parametrize("r", [1, 3])
def test_chance_levels_agree_with_random_orders(r: int):
    generator = np.random.default_rng(0)
    n, trials = 40, 4000
    queries, gallery = np.ones((trials, 1)), np.zeros((n, 1))
    drawn = [np.sort(generator.choice(n, r, replace=False) + 1).astype(float) for _ in range(trials)]
    counts = np.full(trials, r)
    assert chance_recall_at(counts, n, 5) == pytest.approx(recall_at(drawn, 5).mean(), abs=0.02)
    assert chance_average_precision(counts, n) == pytest.approx(average_precision(drawn).mean(), abs=0.01)
    assert chance_first_rank(counts, n) == pytest.approx(first_rank(drawn).mean(), rel=0.05)
    assert len(relevant_ranks(queries, gallery, [np.array([0])] * trials)) == trials


def test_chance_is_certain_when_the_gallery_is_smaller_than_k():
    assert chance_recall_at(np.array([1, 2]), 3, 10) == 1.0
