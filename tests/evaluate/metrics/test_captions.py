"""Likeness of captions: numbers worked by hand, the scale, the references, and edges."""

import numpy as np
import pytest

from lexiscope.evaluate.metrics.captions import bleu4, cider, rouge_l

TRUE = [
    ["a red disc on a black ground", "red disc"],
    ["a green cross lies in the corner of the plate"],
    ["two blue squares beside a scratch"],
]
SAME = [texts[0] for texts in TRUE]


@pytest.mark.parametrize(("metric", "best"), [(bleu4, 1.0), (rouge_l, 1.0), (cider, 10.0)])
def test_the_same_words_are_best_and_others_worst(metric, best) -> None:
    single = [[texts[0]] for texts in TRUE]
    assert metric(SAME, single) == pytest.approx(np.full(3, best), rel=1e-3)
    assert metric([text.upper() for text in SAME], single) == pytest.approx(np.full(3, best), rel=1e-3)
    nothing = metric(["xyz", "", "."], TRUE)
    assert nothing == pytest.approx(np.zeros(3), abs=0.02)
    half = metric(["a red disc on a white wall", SAME[1], SAME[2]], single)
    assert 0 < half[0] < half[1]


def test_the_best_of_several_references_counts() -> None:
    assert rouge_l(["red disc"], [TRUE[0]])[0] == 1.0
    assert bleu4(["a red disc on a black ground"], [TRUE[0][::-1]])[0] == pytest.approx(1.0)


def test_rouge_l_by_hand() -> None:
    # longest common subsequence "a red disc": precision 3/4, recall 3/7
    found = rouge_l(["a red white disc"], [["a red disc on a black ground"]])[0]
    assert found == pytest.approx(2 * (3 / 4) * (3 / 7) / (3 / 4 + 3 / 7))


def test_bleu_by_hand() -> None:
    # 6 words: 5/6 of the words, 3/5 pairs, 2/4 triples, 1/3 fours; as long as the reference, so no penalty
    found = bleu4(["a red disc on one ground"], [["a red disc on a ground"]])[0]
    assert found == pytest.approx((5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)


def test_cider_by_hand() -> None:
    # In each of two items "a" is in both (weight log 1 = 0), "red", "disc", "a red", "red disc", "a red disc" in one.
    references = [["a red disc"], ["a green cross"]]
    same = cider(["a red disc", "a red cross"], references)
    assert same[0] == pytest.approx(7.5)  # no groups of four words, which count as 0
    # "a red cross": "cross" alone agrees, of two equal weights on each side, and no pair
    assert same[1] == pytest.approx(10 / 4 * (1 / 2))


def test_cider_punishes_length_and_repetition() -> None:
    references = [["a red disc"], ["a green cross"]]
    short, long, again = (
        cider([text, "x"], references)[0] for text in ("red disc", "a red disc " + "x " * 9, "red " * 3)
    )
    assert long < short < 7.5
    # groups of one word: min(3, 1) * 1 / (3 * sqrt 2), as many pairs as the reference, none of them in it
    assert again == pytest.approx(10 / 4 / (3 * 2**0.5))
