"""The gate refuses what training and the measured split share, within one corpus and between two."""

from dataclasses import replace

import pytest

from lexiscope.core.errors import LeakageError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.gate import leakage_gate
from lexiscope.testing import make_corpus


def of(corpus, split):
    return [case for case in corpus if case.split == split]


def test_clean_splits_pass_and_say_what_was_compared(model, corpus):
    found = leakage_gate(model, corpus, split="test")
    assert found["ok"]
    assert found["splits"] == {"learned": 36, "measured": 12}
    assert found["accepted"] is None


def test_a_shared_group_is_refused_and_can_be_accepted_with_a_reason(model, corpus):
    corpus.upsert([replace(of(corpus, "test")[0], group=of(corpus, "train")[0].group)])
    with pytest.raises(LeakageError, match=r"share 1 x group.*--accept-leak REASON"):
        leakage_gate(model, corpus, split="test")
    found = leakage_gate(model, corpus, split="test", accept_leak="sisters, not the same person")
    assert (found["ok"], found["accepted"]) == (False, "sisters, not the same person")


def test_a_shared_image_is_refused(model, corpus):
    corpus.upsert([replace(of(corpus, "test")[0], images=of(corpus, "train")[0].images)])
    with pytest.raises(LeakageError, match="1 x image"):
        leakage_gate(model, corpus, split="test")


def test_a_shared_text_is_refused(model, corpus):
    corpus.upsert([replace(of(corpus, "test")[0], texts=of(corpus, "train")[0].texts)])
    with pytest.raises(LeakageError, match="1 x text"):
        leakage_gate(model, corpus, split="test")


def test_the_split_trained_on_is_refused(model, corpus):
    with pytest.raises(LeakageError, match="group"):
        leakage_gate(model, corpus, split="train")


def test_another_corpus_is_compared_with_the_one_trained_on(model, corpus, tmp_path):
    clean = make_corpus(tmp_path / "clean", 10, seed=9)
    clean.upsert([replace(case, group=f"other-{case.group}") for case in clean])
    leak = leakage_gate(model, Corpus.open(clean.path), split="test", accept_leak="to look at it")
    assert "group" not in leak["refused"]
    copied = make_corpus(tmp_path / "copied", 60)
    with pytest.raises(LeakageError):
        leakage_gate(model, copied, split="train")


def test_a_training_corpus_that_is_gone_is_said(model, corpus, tmp_path):
    other = make_corpus(tmp_path / "other", 10, seed=9)
    corpus.path.rename(tmp_path / "moved")
    found = leakage_gate(model, other, split="test")
    assert (found["checked"], found["ok"]) == (False, None)
    assert "cannot be excluded" in found["note"]
