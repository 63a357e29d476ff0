"""BERTScore's greedy matching, worked by hand."""

import numpy as np
import pytest

from lexiscope.evaluate.metrics.similarity import greedy_match, text_similarities

_VECTORS = {"crack": [3.0, 0.0], "pore": [0.0, 1.0], "fissure": [0.8, 0.6]}


def _words(texts):
    return [np.array([_VECTORS[word] for word in text.split()]).reshape(-1, 2) for text in texts]


def test_each_word_meets_its_nearest():
    (found,) = text_similarities(_words, ["crack pore"], ["fissure"])
    assert found.precision == pytest.approx((0.8 + 0.6) / 2)
    assert found.recall == pytest.approx(0.8)
    assert found.f1 == pytest.approx(2 * 0.7 * 0.8 / 1.5)


def test_the_same_words_in_any_order_are_alike():
    (found,) = text_similarities(_words, ["pore crack"], ["crack pore"])
    assert found.f1 == pytest.approx(1)


def test_no_words_are_like_nothing():
    assert greedy_match(np.empty((0, 2)), np.ones((1, 2))).f1 == 0
