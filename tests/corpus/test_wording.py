"""Words of texts and answers, and which shared texts are templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core import Case, Passage, Provenance
from lexiscope.corpus import Corpus
from lexiscope.corpus.wording import MANY, answer_key, normalise, shared_texts, word_overlap, words_of

_ANSWERS = st.text(st.sampled_from("ab +-.!A"), max_size=12)


def corpus_of(path, texts):
    """One case a group: group -> its caption."""
    corpus = Corpus.create(path)
    cases = [Case(group, group, Provenance("t"), texts=(Passage("caption", text),)) for group, text in texts.items()]
    corpus.upsert(cases)
    return corpus


@given(_ANSWERS, _ANSWERS)
def test_overlap_is_symmetric_and_one_for_the_same_words(one, two):
    assert word_overlap(one, two) == word_overlap(two, one)
    assert 0 <= word_overlap(one, two) <= 1
    assert word_overlap(one, one.upper()) == 1
    assert (word_overlap(one, two) == 1) == (sorted(words_of(one)) == sorted(words_of(two)))


@pytest.mark.parametrize(
    ("one", "two", "score"),
    [("a crack", "a pore", 0.5), ("+", "-", 0.0), ("+", "+ ", 1.0), ("", "", 1.0), ("a a b", "a", 0.5), ("", "x", 0.0)],
)
def test_overlap_by_hand(one, two, score):
    assert word_overlap(one, two) == pytest.approx(score)


def test_signs_are_told_apart_and_punctuation_is_not():
    assert answer_key("Yes.") == answer_key("yes")
    assert answer_key("+") != answer_key("-")
    assert normalise("A crack-like\nPORE!") == "a crack like pore"


def test_a_text_of_two_groups_is_shared_and_no_template(tmp_path):
    corpus = corpus_of(tmp_path / "c", {"b": "A crack at the toe.", "a": "a CRACK at the toe", "c": "Something else."})
    (shared,) = shared_texts(corpus)
    assert (shared.text, shared.groups, shared.template) == ("A crack at the toe.", ("a", "b"), False)


def test_a_text_of_many_groups_is_a_template(tmp_path):
    corpus = corpus_of(tmp_path / "c", {f"g{n}": "No finding." for n in range(MANY)})
    assert [shared.template for shared in shared_texts(corpus)] == [True]


def test_a_text_of_common_runs_of_words_is_a_template(tmp_path):
    others = {f"g{n}": f"The left lung is clear in {n}" for n in range(MANY)}
    corpus = corpus_of(tmp_path / "c", {"a": "The left lung is clear", "b": "The left lung is clear", **others})
    assert [shared.template for shared in shared_texts(corpus)] == [True]
