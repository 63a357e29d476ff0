"""Where sentences end, and where they do not."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lexiscope.core.case import Case, Provenance
from lexiscope.core.passage import Passage
from lexiscope.language.text.sentences import finished_part, sentences_of, split_sentences

_PIECES = ("Fig. 3", "et al.", "No", "crack", ". ", "; ", "! ", "? ", "\n", " ", "A.", "5 min.", "(b)", "\u00a0")
_TEXTS = st.lists(st.sampled_from(_PIECES)).map("".join)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("See Fig. 3 of Yang et al. Then it ends.", ["See Fig. 3 of Yang et al. Then it ends."]),
        ("Oil of A. campestris in 2.5 ml. Next", ["Oil of A. campestris in 2.5 ml.", "Next"]),
        ("no lesion; no atrophy", ["no lesion;", "no atrophy"]),
        ("Cooled at 5 K/min. Held for 20 min. Next", ["Cooled at 5 K/min.", "Held for 20 min.", "Next"]),
        ("of min. 5 mm", ["of min. 5 mm"]),
        ("Held at 600 °C. Quenched from 900°C. By J. Doe.", ["Held at 600 °C.", "Quenched from 900°C.", "By J. Doe."]),
        ("  ", []),
    ],
)
def test_sentences(text, parts):
    assert [text[start:end] for start, end in split_sentences(text)] == parts


@given(st.one_of(st.text(), _TEXTS))
@example("One. Two.\n\nThree; four")
def test_spans_are_ordered_apart_and_cover_all_but_white_space(text):
    spans = split_sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    covered = {place for start, end in spans for place in range(start, end)}
    assert not "".join(letter for place, letter in enumerate(text) if place not in covered).strip()


@given(st.one_of(st.text(), _TEXTS).filter(str.strip))
def test_sentences_are_the_stretches_that_their_spans_name(text):
    case = Case("f", "paper", Provenance("by hand"), texts=(Passage("caption", "Another."), Passage("mention", text)))
    for sentence in sentences_of(case, 1):
        assert sentence.span.passage == 1
        assert case.texts[1].text[sentence.span.start : sentence.span.end] == sentence.text


@pytest.mark.parametrize(
    ("text", "ended", "finished"),
    [
        ("no atrophy, ventricles (16.", True, ""),
        ("No lesion. No atrophy, ventricles (16.", True, "No lesion."),
        ("A slice that shows a glioma", True, "A slice that shows a glioma"),
        ("A slice that shows a", False, ""),
        ("One lesion. A slice that shows a", False, "One lesion."),
        ("One lesion. It measures 16.", False, "One lesion."),  # of "16.4 mm"
        ("One lesion. It measures 16.", True, "One lesion. It measures 16."),
        ("A crack (Fig. 3). It is", False, "A crack (Fig. 3)."),
        ("See Fig.", False, ""),
        ("Is it red? It", False, "Is it red?"),
        ("No lesion,", True, ""),
        ("\u56fe\u50cf\u3002\u7b2c", False, "\u56fe\u50cf\u3002"),
        ("", True, ""),
    ],
)
def test_what_is_finished(text: str, ended: bool, finished: str) -> None:
    assert finished_part(text, ended=ended) == finished


@given(_TEXTS, st.booleans())
def test_what_is_finished_is_a_beginning(text: str, ended: bool) -> None:
    finished = finished_part(text, ended=ended)
    assert text.strip().startswith(finished)
    assert finished.count("(") == finished.count(")")
