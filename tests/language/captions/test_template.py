"""Sentences from attributes: they vary, they say what they state, and nothing but the seed decides."""

import re

import pytest

from lexiscope.core import Case, Provenance
from lexiscope.core.errors import UsageError
from lexiscope.language.captions.settings import CaptionSettings
from lexiscope.language.captions.template import AUTHOR, template_sentences
from lexiscope.tasks.classify.target import Target, Unstated

FACTS = {"age": 61, "sex": "F", "grade": "G2", "tumour_volume": 41.7, "smoker": False, "note": " "}


def case(number: int = 1, **facts) -> Case:
    return Case(f"visit-{number}", f"patient-{number}", Provenance("by hand"), attributes=facts or FACTS)


def test_sentences_differ_and_follow_from_the_seed():
    settings = CaptionSettings(sentences=6)
    passages = template_sentences(case(), settings)
    assert len({passage.text for passage in passages}) == 6
    assert {passage.author for passage in passages} == {AUTHOR}
    assert passages == template_sentences(case(), settings)
    assert passages != template_sentences(case(), CaptionSettings(sentences=6, seed=1))
    assert [p.text for p in passages] != [p.text for p in template_sentences(case(2), settings)]


def test_each_records_what_it_states_and_nothing_else():
    signs = {"age": r"\baged?\b|years", "grade": "G2", "sex": r"(?i)woman|female", "smoker": r"(?i)smoker"}
    passages = template_sentences(case(), CaptionSettings(sentences=40, dropout=0.6))
    for passage in passages:
        for name, sign in signs.items():
            assert bool(re.search(sign, passage.text, re.IGNORECASE)) == (name in passage.states), passage
    assert len({passage.states for passage in passages}) > 5
    assert not any("note" in passage.states for passage in passages)


def test_numbers_come_exact_rounded_and_binned():
    text = " | ".join(p.text for p in template_sentences(case(age=61), CaptionSettings(sentences=30, dropout=0.0)))
    for wording in ("61", "about 60", "60 to 70"):
        assert wording in text


def said(name: str, value, sentences: int = 40) -> set[str]:
    """Every way in which one attribute is said, without the openings."""
    passages = template_sentences(
        case(**{name: value}), CaptionSettings(attributes=(name,), sentences=sentences, dropout=0.0)
    )
    return {passage.text.rpartition(" - ")[2].removesuffix(".").lower() for passage in passages}


@pytest.mark.parametrize(
    ("name", "value", "ways"),
    [
        ("lesion_count", 1, {"lesion count 1", "lesion count: 1", "lesion count of 1"}),  # no "0 to 1", no "about 1"
        ("visit", 23, {"visit 23", "visit: 23", "visit of 23"}),
        ("offset_days", 14.0, {"offset days 14", "offset days: 14", "offset days of 14"}),  # no "about 10"
        ("n_slices", 7, {"number of slices 7", "number of slices: 7", "number of slices of 7"}),
        ("intubated", "Y", {"intubated: yes", "intubated recorded as yes"}),
        ("atrophy", "none", {"atrophy: none", "atrophy recorded as none"}),
        ("lobe", "frontal lobe", {"frontal lobe"}),
        ("age", 1, {"aged 1", "age 1"}),
    ],
)
def test_ways_of_saying_are_these_and_no_others(name, value, ways):
    assert said(name, value) == ways


def test_what_is_rounded_stays_close_and_keeps_its_unit():
    ways = said("size_mm", 17.8)
    assert {"size 17.8 mm", "size of about 18 mm", "size: 17 to 18 mm"} <= ways
    assert all(way.startswith("size") and way.endswith(" mm") for way in ways)
    assert "tumour voxels about 7000" in said("tumour_voxels", 7187)
    assert {"temperature 38.5", "temperature about 40", "temperature 35 to 40"} <= said("temperature", 38.5)
    assert {"cells 1234567", "cells about 1200000"} <= said("cells", 1234567)


def test_openings_go_with_whatever_follows():
    for number in range(40):
        for passage in template_sentences(case(number, age=61, sex="M"), CaptionSettings(sentences=4)):
            assert not re.search(r"\b(?:with|of|a)\b (?:man|male|age|\d)", passage.text), passage.text


def test_a_value_with_a_comma_is_kept_apart_from_the_next():
    passage, *_ = template_sentences(case(finding="COVID-19, ARDS", view="PA"), CaptionSettings(dropout=0.0))
    assert "; " in passage.text


def test_a_classifier_is_never_given_a_sentence_that_states_its_target():
    passages = template_sentences(case(), CaptionSettings(sentences=20, dropout=0.5))
    told = Case("a", "a", Provenance("by hand"), texts=passages, attributes=FACTS)
    allowed = Unstated.of(Target("sex", ("F", "M")), told).passages
    assert 0 < len(allowed) < len(passages)
    assert not any(re.search("woman|female", passage.text, re.IGNORECASE) for passage in allowed)


def test_a_case_without_the_attributes_gets_none():
    assert template_sentences(case(), CaptionSettings(attributes=("material",))) == ()


@pytest.mark.parametrize("options", [{"sentences": 0}, {"dropout": 1.0}, {"dropout": -0.1}])
def test_settings_that_make_no_sense_are_refused(options):
    with pytest.raises(UsageError, match=f"{next(iter(options))}: Input should be"):
        CaptionSettings.of(options)
