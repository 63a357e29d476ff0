"""Which facts captions state, by hand."""

import pytest

from lexiscope.core import Case, Provenance
from lexiscope.evaluate.caption.attributes import StatedAttributes
from lexiscope.evaluate.caption.measure import CaptionMeasure, DescribedCase


def described(name: str, caption: str, **attributes: str | int) -> DescribedCase:
    return DescribedCase(Case(name, f"group-{name}", Provenance("by hand"), attributes=attributes), (caption,))


CASES = [
    described("a", "A red disc.", colour="red", site="left", age=30),
    described("b", "A green disc, left frontal.", colour="green", site="left frontal", age=40),
    described("c", "Nothing to see.", colour="red", site="left", age=50),
]
FACTS = StatedAttributes.of(one.case for one in CASES)


def test_only_attributes_of_a_few_words_can_be_read() -> None:
    assert FACTS.values == {"colour": ("green", "red"), "site": ("left", "left frontal")}
    assert StatedAttributes.of([CASES[0].case]).values == {}  # one value tells nothing


@pytest.mark.parametrize(
    ("attribute", "caption", "stated"),
    [
        ("colour", "The RED one.", "red"),
        ("colour", "Reddish.", None),
        ("colour", "Red or green.", None),
        ("site", "Left, frontal", "left frontal"),  # the longer value swallows the shorter
        ("site", "On the left side", "left"),
    ],
)
def test_the_one_value_that_a_caption_states(attribute: str, caption: str, stated: str | None) -> None:
    assert FACTS.stated(attribute, caption) == stated


def test_only_what_a_reference_states_is_true() -> None:
    assert [FACTS.true_values(one.case, one.references) for one in CASES] == [
        {"colour": "red"},
        {"colour": "green", "site": "left frontal"},
        {},
    ]


def test_attribute_accuracy_weighs_attributes_alike_beside_random_captions() -> None:
    measure = CaptionMeasure(CASES, [CASES[0]], seed=0, resamples=20)
    found = measure.all(["red", "red, left frontal", "a fog"])
    # colour: 1 of 2; site: 1 of 1. A random caption is always "A red disc.": colour 1/2, site 0
    assert found["attribute_accuracy"].value == pytest.approx((1 / 2 + 1) / 2)
    assert found["attribute_accuracy"].chance == pytest.approx((1 / 2 + 0) / 2)
    assert set(measure.by_attribute(["", "", ""])) == {"colour", "site"}
    assert set(found) == {"bleu4", "rouge_l", "cider", "attribute_accuracy"}
