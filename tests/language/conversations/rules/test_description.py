"""Descriptions come from one passage; observations and conclusions from sentences that stand alone."""

import pytest

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.conversations.rules.description import ask_description, ask_mentions
from lexiscope.language.text.lexicon import Lexicon
from lexiscope.language.text.reading import CaseReading

TEMPLATES = QuestionTemplates.load()


def _described(*texts):
    case = Case("f1", "paper", Provenance("by hand"), texts=tuple(Passage(kind, text) for kind, text in texts))
    return [candidate.turn for candidate in ask_description(CaseReading(case, Lexicon.load()), TEMPLATES)]


def test_a_text_written_to_describe_comes_before_a_longer_one():
    (turn,) = _described(("caption", "A film with many round pores and a rough edge."), ("alt_text", "A porous film."))
    assert turn.answer == "A porous film."
    assert {span.passage for span in turn.evidence} == {1}


def test_the_longest_passage_is_the_description_and_every_sentence_its_evidence():
    (turn,) = _described(("caption", "A film."), ("finding", "A film with pores. Held for 20 min. Its edge is rough."))
    assert turn.answer == "A film with pores. Its edge is rough."
    assert [span.start for span in turn.evidence] == [0, 36]


def test_nothing_to_describe():
    assert _described(("caption", "Annealed at 600 °C for 2 h.")) == []


@pytest.mark.parametrize(
    ("mention", "asked"),
    [
        ("Figure 1 shows that the pores are round.", [("observed", "The pores are round.")]),
        ("In Figure 1, the round pores indicate gas.", [("concluded", "The round pores indicate gas.")]),
        ("However, in Figure 1, the round pores indicate gas.", []),
        ("Figure 1 shows that it is.", []),  # too short to say anything
        (f"In Figure 1, the film is {'very ' * 50}rough.", []),
    ],
)
def test_sentences_of_the_running_text(reading, mention, asked):
    candidates = list(ask_mentions(reading("", mention), TEMPLATES))
    assert [(candidate.topic, candidate.turn.answer) for candidate in candidates] == asked


def test_one_of_each_at_most(reading):
    mentions = [f"Figure 1 shows that the pores are {colour}." for colour in ("red", "green", "blue")]
    assert [candidate.topic for candidate in ask_mentions(reading("", *mentions), TEMPLATES)] == ["observed"]


@pytest.mark.parametrize(
    "mention",
    ["The height, as indicated in Figure 1, which is marked as h, grows.", "Figure 1 shows that our glass has pores."],
)
def test_fragments_and_words_about_elsewhere_are_no_observations(reading, mention):
    assert all(
        not c.turn.answer.startswith("Which") and "our" not in c.turn.answer
        for c in ask_mentions(reading("", mention), TEMPLATES)
    )


def test_a_title_is_no_description_and_the_rest_leans_on_the_first_sentence():
    assert _described(("caption", "A furnace with its thermocouple.")) == []
    rest = "The crystals of the same glass cover most of the whole picture here."
    assert _described(("caption", f"Held at 600 °C for 2 h. {rest}")) == []
