"""Attributes: asked openly, by yes, and by no against values that rule each other out."""

import pytest

from lexiscope.core.turn import Span
from lexiscope.language.conversations.corpus_statistics import CorpusStatistics
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.conversations.rules.attributes import ask_attributes, concept_of, presences
from lexiscope.language.text.attributes import AttributePhrases

PHRASES, TEMPLATES = AttributePhrases.load(), QuestionTemplates.load()


def _asked(readings, **options):
    statistics = CorpusStatistics.of(readings, PHRASES)
    return list(ask_attributes(readings[0], statistics, PHRASES, TEMPLATES, **options))


def test_open_yes_and_no(reading):
    texts = [f"MRI. The lesion is on the {side} side." for side in ("left", "right")]
    asked = _asked([reading(text, attributes={"side": text.split()[-2]}) for text in texts])
    assert [(candidate.topic, candidate.turn.answer) for candidate in asked] == [
        ("attribute:side", "Left"),
        ("attribute:side=left", "Yes"),
        ("attribute:side=right", "No"),
    ]
    assert all(candidate.turn.evidence == (Span(0, 5, len(texts[0])),) for candidate in asked)
    assert {candidate.rests_on for candidate in asked} == {"text"}


def test_a_value_that_holds_the_others_denies_none(reading):
    asked = _asked([reading(attributes={"side": side}) for side in ("both", "left", "right")])
    assert [candidate.turn.answer for candidate in asked] == ["Both sides"]
    assert asked[0].rests_on == "attribute"


def test_a_value_that_is_part_of_another_does_not_deny_it(reading):
    values = ("high-grade glioma", "glioma")
    asked = _asked([reading(attributes={"histology": value}) for value in values])
    assert [candidate.turn.answer for candidate in asked] == ["High-grade glioma", "Yes"]


@pytest.mark.parametrize("value", [True, "none", 17.3, 250])
def test_what_no_image_shows_is_not_asked(reading, value):
    assert _asked([reading(attributes={"lesion_count": value})], names=("lesion_count",)) == []


def test_numbers_that_one_counts_are_asked_openly_alone(reading):
    asked = _asked([reading(attributes={"lesion_count": number}) for number in (3, 1)])
    assert [candidate.turn.answer for candidate in asked] == ["Three"]


def test_lists_name_their_members_without_the_background(reading):
    asked = _asked([reading(attributes={"classes": value}) for value in ("background;crack;oxide", "oxide")])
    assert [(candidate.turn.answer, candidate.turn.kind) for candidate in asked] == [("Cracks and oxide", "feature")]


def test_articles_follow_the_value(reading):
    values = ("astrocytoma", "meningioma")
    questions = [
        _asked([reading(attributes={"histology": value}) for value in order])[1].turn.question
        for order in (values, values[::-1])
    ]
    assert " an astrocytoma" in questions[0]
    assert " a meningioma" in questions[1]


def test_members_of_lists_are_present_or_absent_where_the_corpus_has_them(reading):
    readings = [reading(attributes={"classes": value}) for value in ("crack;oxide", "pore;oxide")]
    statistics = CorpusStatistics.of(readings, PHRASES)
    stated = {concept.name: presence.present for concept, presence in presences(readings[0], statistics, PHRASES)}
    assert stated == {"crack": True, "defect": True, "pore": False}


@pytest.mark.parametrize(("kind", "present"), [("mass with oedema", True), ("none", False)])
def test_a_kind_of_lesion_tells_that_there_is_one(reading, kind, present):
    case = reading(attributes={"kind": kind})
    statistics = CorpusStatistics.of([case], PHRASES)
    assert [(concept.name, presence.present) for concept, presence in presences(case, statistics, PHRASES)] == [
        ("lesion", present)
    ]


@pytest.mark.parametrize(("value", "name"), [("micro-crack", "crack"), ("crack_pore", None), ("steel", None)])
def test_the_concept_of_a_value(reading, value, name):
    concept = concept_of(value, reading())
    assert (concept and concept.name) == name
