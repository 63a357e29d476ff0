"""`MeasuredSplit`: the cases that a number is about, after the gate."""

from dataclasses import replace

import pytest

from lexiscope.core.errors import LeakageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.measured_split import MeasuredSplit
from lexiscope.models.directory import ModelDirectory
from lexiscope.testing import make_corpus


def test_near_duplicates_that_the_gate_spares_are_not_measured(corpus: Corpus) -> None:
    first, *others = [case.id for case in corpus.cases("test")]
    measured = MeasuredSplit(corpus, "test", {"left_out_cases": [first], "left_out": ["A  Red disc."]})
    assert [case.id for case in measured.cases()] == others
    assert measured.known_texts == {"a red disc"}


def test_a_split_passes_the_gate_or_is_refused(model: ModelDirectory, corpus: Corpus) -> None:
    measured = MeasuredSplit.of(model, corpus, "test")
    assert measured.audit["ok"]
    assert [case.id for case in measured.cases()] == [case.id for case in corpus.cases("test")]
    assert measured.known_texts == frozenset()
    case = next(corpus.cases("test"))
    corpus.upsert([replace(case, group=next(corpus.cases("train")).group)])
    with pytest.raises(LeakageError, match="training and split 'test' share"):
        MeasuredSplit.of(model, corpus, "test")


def test_what_else_was_learned_from_is_compared_too(model: ModelDirectory, corpus: Corpus, tmp_path) -> None:
    more = make_corpus(tmp_path / "more", 12, seed=1)
    test = next(corpus.cases("test"))
    more.upsert([replace(case, group=test.group) for case in list(more.cases("train"))[:1]])
    with pytest.raises(LeakageError, match="group"):
        MeasuredSplit.of(model, corpus, "test", learned_from=CorpusPart(more, "train"))
    accepted = MeasuredSplit.of(model, corpus, "test", accept_leak="a test", learned_from=CorpusPart(more, "train"))
    assert accepted.audit["accepted"] == "a test"
