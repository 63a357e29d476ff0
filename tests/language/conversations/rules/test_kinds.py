"""Kinds of images are denied only by another kind, and only where one is named alone."""

from lexiscope.language.conversations.corpus_statistics import CorpusStatistics
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.conversations.rules.kinds import ask_kind
from lexiscope.language.text.attributes import AttributePhrases


def _asked(*readings):
    statistics = CorpusStatistics.of(readings, AttributePhrases.load())
    return [
        (candidate.topic, candidate.turn.answer)
        for candidate in ask_kind(readings[0], statistics, QuestionTemplates.load())
    ]


def test_open_yes_and_no(reading):
    assert _asked(reading("SEM image."), reading("CT scan of a brain.")) == [
        ("kind", "A scanning electron micrograph."),
        ("kind:scanning electron micrograph", "Yes"),
        ("kind:CT scan", "No"),
    ]


def test_a_corpus_of_one_kind_denies_nothing(reading):
    assert _asked(reading("MRI of a brain."), reading("MRI.")) == [("kind", "An MRI scan."), ("kind:MRI scan", "Yes")]


def test_two_kinds_are_named_and_neither_is_asked_by_yes(reading):
    assert _asked(reading("SEM image and photograph."), reading("MRI.")) == [
        ("kind", "A scanning electron micrograph and a photograph.")
    ]


def test_no_kind_no_question(reading):
    assert _asked(reading("Glass."), reading("MRI.")) == []
