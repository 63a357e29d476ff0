"""Answers are supported by sentences that share their words, and by nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span
from lexiscope.language.text.grounding import SHARE, content_words, is_same_answer, supporting_spans
from lexiscope.language.text.sentences import Sentence, sentences_of

_SAID = [
    Sentence("SEM image of a glass film with round pores.", Span(0, 0, 43)),
    Sentence("No cracks are seen at the edge.", Span(0, 44, 75)),
    Sentence("The film was made by sputtering.", Span(1, 0, 32)),
]


@pytest.mark.parametrize(
    ("question", "answer", "supported"),
    [
        ("What is it?", "A glass film", [0]),
        ("What is it?", "A sputtered steel plate", []),
        ("Are there cracks?", "No", [1]),
        ("Are there pores?", "No", []),
        ("Are there round pores?", "Yes", [0]),
        ("Describe it.", "A glass film with round pores, made by sputtering", [0, 2]),
        ("Is it?", "Yes", []),
    ],
)
def test_support(question, answer, supported):
    assert supporting_spans(question, answer, _SAID) == tuple(_SAID[place].span for place in supported)


def test_a_guess_that_tells_the_truth():
    assert is_same_answer("I think it is a scanning electron micrograph.", "A scanning electron micrograph.")
    assert not is_same_answer("A photograph.", "A scanning electron micrograph.")


_VOCABULARY = "glass", "film", "pore", "crack", "edge", "steel", "no", "round", "the", "with", "annealed", "bright"
_WORDS = st.lists(st.sampled_from(_VOCABULARY), min_size=1, max_size=8).map(" ".join)
_SENTENCE = _WORDS.map(lambda words: f"{words.capitalize()}.")
_PASSAGES = st.lists(st.lists(_SENTENCE, min_size=1, max_size=4).map(" ".join), max_size=3)


@given(_PASSAGES, _WORDS, st.one_of(_WORDS, st.sampled_from(["Yes", "No"])))
def test_supporting_spans_lie_in_their_passages_and_have_the_words(texts, question, answer):
    passages = tuple(Passage("caption", text) for text in texts)
    case = Case("f", "paper", Provenance("by hand"), texts=passages)
    spans = supporting_spans(question, answer, [s for place in range(len(texts)) for s in sentences_of(case, place)])
    assert len(set(spans)) == len(spans) <= 3
    assert all(span.end <= len(texts[span.passage]) for span in spans)
    if spans and answer not in ("Yes", "No"):
        words, found = content_words(answer), content_words(" ".join(texts[s.passage][s.start : s.end] for s in spans))
        assert len(words & found) >= SHARE * len(words)
    if answer == "No":
        assert all("no" in texts[s.passage][s.start : s.end].casefold().replace(".", " ").split() for s in spans)
