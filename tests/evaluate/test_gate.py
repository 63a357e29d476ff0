"""The gate refuses what training and the measured split share, within one corpus and between two."""

from dataclasses import replace

import pytest

from lexiscope.core.errors import LeakageError, UsageError
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


def pretrained_on(model, other, split):
    """The model as one whose image tower was pretrained on another corpus."""
    trained_on = {"path": str(other.path), "version": other.version, "split": split}
    record = model.record() | {"started_from": {"image": {"trained_on": trained_on}}}
    model.save_joint(model.joint(), views=model.views(), record=record)
    return trained_on


def test_what_the_towers_were_pretrained_on_is_compared_too(model, corpus, tmp_path):
    other = make_corpus(tmp_path / "other", 10, seed=9)
    other.upsert([replace(case, group=f"other-{case.group}") for case in other])
    pretraining = pretrained_on(model, other, None)
    before = leakage_gate(model, corpus, split="test", accept_leak="small pictures look alike")
    assert before["before_that"] == [pretraining]
    assert before["splits"] == {"learned": 46, "measured": 12}
    assert "image" not in before["refused"]
    leaked = replace(of(corpus, "test")[0], id="leaked", group="other")
    other.keep_object(
        corpus.object_path(leaked.images["photo"]), content=leaked.images["photo"].content, image_format="png"
    )
    other.upsert([replace(leaked, split=None)])
    with pytest.raises(LeakageError, match="1 x image"):
        leakage_gate(model, corpus, split="test")
    (tmp_path / "other").rename(tmp_path / "away")
    with pytest.raises(LeakageError, match=r"not at .*other any more, so a leak cannot be excluded"):
        leakage_gate(model, corpus, split="test")


def test_pretraining_on_the_very_split_trained_on_is_audited_once(model, corpus):
    pretrained_on(model, corpus, "train")
    found = leakage_gate(model, corpus, split="test", learned_from=model.record()["trained_on"])
    assert found["before_that"] == []
    assert found["splits"] == {"learned": 36, "measured": 12}


def test_pretraining_on_the_measured_split_is_refused(model, corpus):
    pretrained_on(model, corpus, None)
    with pytest.raises(LeakageError, match="share 6 x group"):
        leakage_gate(model, corpus, split="test")


def test_an_assistant_does_not_hide_what_its_joint_space_learned_from(model, corpus, tmp_path):
    taught = make_corpus(tmp_path / "taught", 10, seed=9)
    taught_on = {"path": str(taught.path), "version": taught.version, "split": "train"}
    with pytest.raises(LeakageError, match="group"):
        leakage_gate(model, corpus, split="train", learned_from=taught_on)


def test_a_training_corpus_that_is_gone_is_said(model, corpus, tmp_path):
    other = make_corpus(tmp_path / "other", 10, seed=9)
    corpus.path.rename(tmp_path / "moved")
    with pytest.raises(LeakageError, match=r"a leak cannot be excluded; put it back there"):
        leakage_gate(model, other, split="test")
    found = leakage_gate(model, other, split="test", accept_leak="another hospital")
    assert (found["checked"], found["ok"], found["accepted"]) == (False, None, "another hospital")


def test_a_leak_is_not_accepted_without_a_reason(model, corpus):
    with pytest.raises(UsageError, match="say why it does not matter here"):
        leakage_gate(model, corpus, split="test", accept_leak=" ")
