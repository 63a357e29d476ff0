"""Which facts captions state, by hand."""

import pytest

from lexiscope.core import Case, Provenance
from lexiscope.language.text.stated_attributes import DescribedCase, StatedAttributes


def described(name: str, caption: str, **attributes: str | int) -> DescribedCase:
    return DescribedCase(Case(name, f"group-{name}", Provenance("by hand"), attributes=attributes), (caption,))


CASES = [
    described("a", "A red disc.", colour="red", site="left", age=30),
    described("b", "A green disc, left frontal.", colour="green", site="left frontal", age=40),
    described("c", "Nothing to see.", colour="red", site="left", age=50),
]
FORM = [("a", "left", "none"), ("b", "none", "mild"), ("c", "right", "severe")]
FACTS = StatedAttributes.of(one.case for one in CASES)


def test_only_attributes_of_a_few_words_can_be_read() -> None:
    assert FACTS.values == {"colour": ("green", "red"), "site": ("left", "left frontal")}
    assert StatedAttributes.of([CASES[0].case]).values == {}  # one value tells nothing
    people = [described(sex, "", Sex=sex).case for sex in ("female", "male")]
    assert StatedAttributes.of(people).values == {}  # no image shows it


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


@pytest.mark.parametrize(
    ("attribute", "caption", "stated"),
    [
        ("side", "Side: left; atrophy: none.", "left"),  # "none" is of the atrophy
        ("atrophy", "Side: left; atrophy: none.", "none"),
        ("side", "None.", "none"),  # nothing says of what
        ("side", "Side and atrophy: none.", "none"),
    ],
)
def test_a_value_of_several_attributes_counts_for_the_one_that_is_named(
    attribute: str, caption: str, stated: str
) -> None:
    cases = [described(name, "", side=side, atrophy=atrophy).case for name, side, atrophy in FORM]
    assert StatedAttributes.of(cases).stated(attribute, caption) == stated


@pytest.mark.parametrize(
    ("attribute", "caption", "stated"),
    [
        ("atrophy", "No atrophy, ventricles of normal size.", "none"),
        ("kind", "Brain tissue without any lesion.", "none"),
        ("kind", "No focal lesions; no atrophy.", "none"),
        ("kind", "No new lesion.", None),  # there are old ones
        ("kind", "No lesion on the left, a lacune on the right.", None),
        ("side", "No lesion.", None),
    ],
)
def test_no_atrophy_states_that_there_is_none(attribute: str, caption: str, stated: str | None) -> None:
    values = [("none", "none", "none"), ("lacune", "left", "mild")]
    cases = [described(kind, "", kind=kind, side=side, atrophy=atrophy).case for kind, side, atrophy in values]
    assert StatedAttributes.of(cases).stated(attribute, caption) == stated


def test_captions_are_about_what_a_tenth_of_them_states() -> None:
    many = [described(str(n), "A red disc." if n == 0 else "Nothing.", colour="red") for n in range(11)]
    assert FACTS.often_stated(many) == ()
    assert FACTS.often_stated(many[:10]) == ("colour",)


def test_facts_are_what_references_state() -> None:
    facts = list(FACTS.facts(CASES, ["red", "red, left frontal", "a fog"]))
    assert [(fact.attribute, fact.row, fact.right) for fact in facts] == [
        ("colour", 0, True),
        ("colour", 1, False),
        ("site", 1, True),
    ]
