"""The rubric of free answers: what counts as right, as most, and as made up."""

import pytest

from lexiscope.evaluate.metrics.assistant import AnswerClaims, claims, feature_score, polarity, quality
from lexiscope.language.text.lexicon import Lexicon

_CRACKS = "Are there any cracks?"


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon.load()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Yes.", True),
        ("no, there are none", False),
        ("Two fissures are visible.", True),
        ("The film is free of cracks.", False),
        ("Pores are visible.", None),
        ("There is a crack and no crack.", None),
        ("", None),
    ],
)
def test_polarity_is_read_from_the_first_word_or_from_what_is_stated(lexicon, answer, expected):
    assert polarity(_CRACKS, answer, lexicon) is expected


def test_what_implies_the_thing_asked_affirms_it(lexicon):
    assert polarity("Is there any defect?", "A crack is visible.", lexicon) is True


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("A smooth surface.", 1),  # none of three
        ("Cracks.", 2),  # one of three
        ("Cracks and pores.", 3),  # two of three
        ("Cracks, pores and bubbles.", 4),  # all
        ("Cracks, pores, bubbles and scratches.", 3),  # all, and one that is not there
        ("Cracks, scratches and corrosion.", 2),  # more wrong than right
        ("No cracks, no pores, no bubbles.", 1),  # the same words denied
    ],
)
def test_features_are_none_some_most_or_all(lexicon, answer, score):
    pair = AnswerClaims("Which defects are visible?", answer, "Cracks, pores and bubbles.")
    assert feature_score(pair, lexicon) == score


def test_what_the_texts_state_is_not_wrong(lexicon):
    pair = AnswerClaims("Which defects are visible?", "Cracks and pores.", "Cracks.", "Few pores beside the cracks.")
    assert feature_score(pair, lexicon) == 4


def test_numbers_are_claims(lexicon):
    assert claims("3.0 µm and 3 µm", lexicon) == {("3", True)}
    pair = AnswerClaims("Describe it.", "A crack of 5 µm.", "A crack of 2 µm.")
    assert feature_score(pair, lexicon) == 3


@pytest.mark.parametrize(
    ("answer", "reference", "points"),
    [("Yes", "Yes", 100), ("Yes, cracks.", "Yes", 50), ("No", "Yes", 0), ("", "Yes", 0), ("Perhaps", "Yes", 0)],
)
def test_quality_of_yes_and_no(lexicon, answer, reference, points):
    """A claim that is nowhere stated costs half: here the reference names no cracks."""
    assert quality(AnswerClaims(_CRACKS, answer, reference), lexicon, rouge=0.0) == points


def test_quality_weighs_claims_words_and_order(lexicon):
    pair = AnswerClaims("What is seen?", "A long crack", "Long crack with pores")
    # claims: 1 shared of 1 and 2; words: long, crack of long, crack, pore; rouge as given
    expected = 100 * (0.4 * 2 / 3 + 0.4 * 4 / 5 + 0.2 * 0.5)
    assert quality(pair, lexicon, rouge=0.5) == pytest.approx(expected)


def test_where_the_reference_claims_nothing_words_decide(lexicon):
    pair = AnswerClaims("Which side?", "Left", "Left")
    assert quality(pair, lexicon, rouge=1.0) == pytest.approx(100)
    assert quality(AnswerClaims("Which side?", "Right", "Left"), lexicon, rouge=0.0) == 0
