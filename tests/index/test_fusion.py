"""Weighted scores of several rankings, by hand."""

import pytest

from lexiscope.index.fusion import fuse
from lexiscope.index.legs import Leg
from lexiscope.index.store import Hit

COSINE, BM25, WORDING = "cosine", "bm25", "wording"
WEIGHTS = {COSINE: Leg(1.0, 0.2), BM25: Leg(3.0, 0.5)}


def test_scores_by_hand() -> None:
    """BM25 counts as a share of the best; c has no text, d none that matches."""
    rankings = {
        COSINE: [Hit("a", 0.8), Hit("c", 0.6, legs=frozenset({COSINE})), Hit("d", 0.4), Hit("b", 0.2)],
        BM25: [Hit("b", 8.0), Hit("a", 2.0)],
    }
    fused = fuse(rankings, weights=WEIGHTS, depth=50, k=4)
    assert [hit.id for hit in fused] == ["b", "c", "a", "d"]
    expected = [(0.2 + 3) / 4, (0.6 + 3 * 0.5) / 4, (0.8 + 3 * 0.25) / 4, 0.4 / 4]
    assert [hit.score for hit in fused] == pytest.approx(expected)
    assert fused[2].parts == {COSINE: 0.8, BM25: 2.0}


def test_what_a_full_ranking_ends_before_counts_as_its_last() -> None:
    """Two hits were asked for and came: b may lie right behind them."""
    rankings = {COSINE: [Hit("a", 0.8), Hit("c", 0.6)], BM25: [Hit("b", 8.0)]}
    b = next(hit for hit in fuse(rankings, weights=WEIGHTS, depth=2, k=3) if hit.id == "b")
    assert b.score == pytest.approx((0.6 + 3) / 4)
    assert b.parts == {BM25: 8.0}


def test_an_attribute_that_matches_counts_and_one_that_does_not_is_neutral() -> None:
    bare = frozenset({COSINE})
    rankings = {COSINE: [Hit("a", 0.5, legs=bare), Hit("b", 0.5, legs=bare)], WORDING: [Hit("a", 0.9, legs=bare)]}
    weights = {COSINE: Leg(1.0, 0.2), WORDING: Leg(1.0, 0.3)}
    fused = fuse(rankings, weights=weights, depth=50, k=2)
    assert [(hit.id, pytest.approx(hit.score)) for hit in fused] == [("a", 0.7), ("b", 0.4)]


def test_a_case_without_text_that_looks_right_is_taken_to_read_right() -> None:
    bare = frozenset({COSINE})
    rankings = {COSINE: [Hit("a", 0.9, legs=bare), Hit("b", 0.5), Hit("c", 0.1, legs=bare)], BM25: [Hit("b", 4.0)]}
    weights = {COSINE: Leg(1.0, 0.2), BM25: Leg(3.0, 0.5, slope=1.0)}
    fused = {hit.id: hit.score for hit in fuse(rankings, weights=weights, depth=50, k=3)}
    expected = {"a": (0.9 + 3 * (0.5 + 0.9)) / 4, "b": (0.5 + 3) / 4, "c": (0.1 + 3 * (0.5 + 0.1)) / 4}
    assert fused == {case: pytest.approx(score) for case, score in expected.items()}


@pytest.mark.parametrize(("best", "weight"), [(15.0, 0.5), (30.0, 1.0), (300.0, 2.0)])
def test_words_that_match_better_weigh_more(best: float, weight: float) -> None:
    rankings = {COSINE: [Hit("a", 0.8), Hit("b", 0.4)], BM25: [Hit("b", best)]}
    weights = {COSINE: Leg(1.0, 0.2), BM25: Leg(1.0, 0.2, whole=30.0)}
    fused = {hit.id: hit.score for hit in fuse(rankings, weights=weights, depth=50, k=2)}
    assert fused == {"a": pytest.approx(0.8 / (1 + weight)), "b": pytest.approx((0.4 + weight) / (1 + weight))}


def test_nothing_found_by_one_leaves_the_other() -> None:
    fused = fuse({COSINE: [Hit("a", 0.9), Hit("b", 0.8)], BM25: []}, weights=WEIGHTS, depth=50, k=5)
    assert [(hit.id, hit.score) for hit in fused] == [("a", pytest.approx(0.9)), ("b", pytest.approx(0.8))]


def test_ties_go_by_id() -> None:
    fused = fuse({COSINE: [Hit("b", 0.5), Hit("a", 0.5), Hit("c", 0.1)]}, weights=WEIGHTS, depth=50, k=3)
    assert [hit.id for hit in fused] == ["a", "b", "c"]
