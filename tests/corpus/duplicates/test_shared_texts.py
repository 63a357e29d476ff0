"""Shared words: refused where they give a measured case away, left out of the measurement where they cannot."""

import pytest

from lexiscope.core import Case, Passage, Provenance
from lexiscope.corpus.audit import audit_corpus
from lexiscope.corpus.joined import JoinedCorpora
from lexiscope.corpus.store import Corpus

FREE = Provenance("by hand")


def figure(number: int, split: str, *texts: str) -> Case:
    words = texts or (f"A {'very ' * number}unusual thing, seen as number {number} of {split}.",)
    return Case(
        f"{split}-{number}", f"{split}-{number}", FREE, texts=tuple(Passage("caption", t) for t in words), split=split
    )


@pytest.fixture
def corpus(tmp_path):
    return Corpus.create(tmp_path / "corpus")


def test_a_case_known_by_all_its_words_is_refused(corpus):
    corpus.upsert([figure(n, "test") for n in range(300)])
    corpus.upsert([figure(1, "train", "The only words there are."), figure(300, "test", "the only words there are")])
    report = audit_corpus(corpus)
    assert report.refused == {"text": 1}
    assert not report.ok


def test_one_of_several_texts_in_a_large_split_is_left_out(corpus):
    corpus.upsert([figure(n, "test") for n in range(300)])
    corpus.upsert(
        [figure(1, "train", "Both say this much."), figure(300, "test", "Both say this much.", "Only one adds.")]
    )
    report = audit_corpus(corpus)
    assert report.ok
    assert report.left_out == ("Both say this much.",)


def test_the_same_in_a_small_split_is_refused(corpus):
    corpus.upsert([figure(n, "test") for n in range(20)])
    corpus.upsert(
        [figure(1, "train", "Both say this much."), figure(20, "test", "Both say this much.", "Only one adds.")]
    )
    assert audit_corpus(corpus).refused == {"text": 1}


def test_two_corpora_are_compared_like_two_splits(tmp_path):
    learned, measured = Corpus.create(tmp_path / "a"), Corpus.create(tmp_path / "b")
    learned.upsert([figure(1, "train"), figure(2, "train", "Words in both places.")])
    measured.upsert([figure(1, "heldout"), figure(2, "heldout", "Words in both places.")])
    joined = audit_corpus(JoinedCorpora([(learned, "train")], (measured, "heldout")))
    assert joined.refused == {"text": 1}
    assert joined.splits == {"learned": 2, "measured": 2}
    assert audit_corpus(JoinedCorpora([(learned, "train")], (measured, "nothing"))).ok
