"""Judges are compared on the answers that both marked."""

import pytest

from lexiscope.evaluate.judges.agree import agreement
from lexiscope.evaluate.judges.judge import JudgeScore

_GROUPS = ["a", "a", "b", "b", "c", "c"]


def test_judges_who_rank_alike_agree_and_gaps_do_not_count():
    one = [JudgeScore(0), JudgeScore(20), JudgeScore(40), JudgeScore(60), JudgeScore(80), None]
    other = [JudgeScore(5), JudgeScore(25), JudgeScore(45), JudgeScore(65), JudgeScore(85), JudgeScore(0)]
    (pair,) = agreement({"rules": one, "sheet": other}, _GROUPS, seed=0, resamples=50)
    assert pair["judges"] == ["rules", "sheet"]
    assert [pair[name].value for name in ("quality_kappa", "quality_spearman")] == pytest.approx([1, 1])
    assert pair["quality_kappa"].n == 5
    assert pair["quality_kappa"].low <= 1 <= pair["quality_kappa"].high
    assert "features_kappa" not in pair, "nobody scored features"


def test_features_are_compared_where_both_scored_them():
    one = [JudgeScore(50, score) for score in (1, 2, 3, 4, 1, 2)]
    other = [JudgeScore(50, score) for score in (1, 2, 3, 4, 1)] + [JudgeScore(50)]
    (pair,) = agreement({"rules": one, "sheet": other}, _GROUPS, seed=0, resamples=20)
    assert (pair["features_kappa"].value, pair["features_kappa"].n) == (1, 5)
    assert pair["quality_spearman"].value == 0, "all the same says nothing"
