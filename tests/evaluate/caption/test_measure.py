"""Scores of captions, worked by hand."""

import pytest

from lexiscope.core import Case, Provenance
from lexiscope.evaluate.caption.measure import CaptionMeasure
from lexiscope.language.text.stated_attributes import DescribedCase


def described(name: str, caption: str, **attributes: str) -> DescribedCase:
    return DescribedCase(Case(name, f"group-{name}", Provenance("by hand"), attributes=attributes), (caption,))


CASES = [
    described("a", "A red disc.", colour="red", site="left"),
    described("b", "A green disc, left frontal.", colour="green", site="left frontal"),
    described("c", "Nothing to see.", colour="red", site="left"),
]


def test_attribute_accuracy_weighs_attributes_alike_beside_random_captions() -> None:
    measure = CaptionMeasure(CASES, [CASES[0]], seed=0, resamples=20)
    found = measure.all(["red", "red, left frontal", "a fog"])
    # colour: 1 of 2; site: 1 of 1. A random caption is always "A red disc.": colour 1/2, site 0
    assert found["attribute_accuracy"].value == pytest.approx((1 / 2 + 1) / 2)
    assert found["attribute_accuracy"].chance == pytest.approx((1 / 2 + 0) / 2)
    assert set(measure.by_attribute(["", "", ""])) == {"colour", "site"}
    assert set(found) == {"bleu4", "rouge_l", "cider", "attribute_accuracy"}


def test_a_difference_is_of_the_same_facts() -> None:
    measure = CaptionMeasure(CASES, CASES, seed=0, resamples=20)
    found = measure.difference(["red", "red, left frontal", ""], ["green", "green", ""])["attribute_accuracy"]
    # colour: right where the other is wrong, and the other way round; site: right where the other says nothing
    assert found.value == pytest.approx((0 + 1) / 2)
    assert (found.chance, found.groups) == (0.0, 2)
    same = measure.difference(["red"] * 3, ["red"] * 3)["attribute_accuracy"]
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
