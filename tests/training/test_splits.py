"""Splits that nobody gave are dealt out before anything is learned; those that are there stay."""

from dataclasses import replace
from pathlib import Path

from lexiscope.corpus import Corpus
from lexiscope.testing.speaking import make_speaking_corpus
from lexiscope.training.splits import ensure_splits


def unsplit(path: Path, cases: int) -> Corpus:
    corpus = make_speaking_corpus(path, cases)
    corpus.upsert([replace(case, split=None) for case in corpus])
    return corpus


def test_a_corpus_without_splits_gets_them_by_group_once(tmp_path: Path) -> None:
    corpus, notes = ensure_splits(unsplit(tmp_path, 20))
    assert {case.split for case in corpus} == {"train", "val", "test"}
    assert notes[0].startswith("the corpus had no splits, so its groups were dealt out: test ")
    assert ensure_splits(corpus)[1] == ()
    assert Corpus.open(tmp_path).version == corpus.version


def test_splits_that_are_there_and_few_groups_stay(tmp_path: Path) -> None:
    few = unsplit(tmp_path / "few", 6)
    assert ensure_splits(few) == (few, ())
    partly = unsplit(tmp_path / "partly", 20)
    partly.upsert([replace(next(iter(partly)), split="train")])
    assert ensure_splits(partly) == (partly, ())
