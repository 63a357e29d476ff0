"""What is learned from, what is held out, and how both are named."""

from lexiscope.core import Case, Provenance
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.testing import make_corpus


def test_a_corpus_with_splits_is_learned_from_its_train(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 10)
    part = CorpusPart.to_learn_from(corpus)
    assert {case.split for case in part.cases()} == {"train"}
    assert part.held_out == CorpusPart(corpus, "val")
    assert part.where == f"the split 'train' of {corpus.path}"
    assert part.to_dict() == {"path": str(corpus.path.resolve()), "version": corpus.version, "split": "train"}


def test_a_corpus_without_splits_is_learned_from_whole_and_holds_nothing_out(tmp_path):
    corpus = Corpus.create(tmp_path / "corpus")
    corpus.upsert([Case("a", "p1", Provenance("table"))])
    part = CorpusPart.to_learn_from(corpus)
    assert (part.split, part.held_out, part.where) == (None, None, str(corpus.path))
    assert [case.id for case in part.cases()] == ["a"]
