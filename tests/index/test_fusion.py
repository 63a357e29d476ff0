"""Reciprocal rank fusion, by hand."""

import pytest

from lexiscope.index.fusion import fuse
from lexiscope.index.store import Hit


def ranking(*ids: str) -> list[Hit]:
    return [Hit(name, 9.0 - place) for place, name in enumerate(ids)]


def test_scores_by_hand() -> None:
    """a is first and third, b second and first, c only third, d only second."""
    fused = fuse({"x": ranking("a", "b", "c"), "y": ranking("b", "d", "a")}, weights={"x": 0.25, "y": 0.75}, k=3)
    assert [hit.id for hit in fused] == ["b", "a", "d"]
    assert fused[0].score == pytest.approx(0.25 * 61 / 62 + 0.75)
    assert fused[1].score == pytest.approx(0.25 + 0.75 * 61 / 63)
    assert fused[1].parts == {"x": 9.0, "y": 7.0}


def test_first_in_both_scores_one() -> None:
    assert fuse({"x": ranking("a"), "y": ranking("a")}, weights={"x": 0.5, "y": 0.5}, k=1)[0].score == 1.0


def test_nothing_found_by_one_leaves_the_other() -> None:
    fused = fuse({"x": ranking("a", "b"), "y": []}, weights={"x": 0.5, "y": 0.5}, k=5)
    assert [hit.id for hit in fused] == ["a", "b"]


def test_equal_scores_share_the_better_rank() -> None:
    tied = [Hit("b", 2.0), Hit("a", 2.0), Hit("c", 1.0)]
    fused = fuse({"x": tied}, weights={"x": 1.0}, k=3)
    assert [(hit.id, hit.score) for hit in fused] == [("a", 1.0), ("b", 1.0), ("c", pytest.approx(61 / 63))]
