"""The evaluation of search: its shape, its chance, and what the texts of a split mean to it."""

from dataclasses import replace

import pytest

from lexiscope.core import Passage
from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.run import evaluate_model


def test_an_untrained_model_is_near_chance(model, corpus):
    found = evaluate_model(model, corpus, split="test", resamples=200).to_dict()
    assert (found["task"], found["split"], found["n"], found["groups"]) == ("search", "test", 12, 6)
    assert found["corpus"] == corpus.version
    recall = found["metrics"]["text_to_image"]["recall@1"]
    assert recall["chance"] == pytest.approx(1 / 12)
    assert recall["low"] <= recall["value"] <= recall["high"]
    assert recall["low"] <= recall["chance"] + 0.1
    assert set(found["metrics"]["image_to_text"]) == {"recall@1", "recall@5", "recall@10", "median_rank", "mAP"}
    assert set(found["by_text_column"]) == {"caption"}
    assert found["audit"]["checked"]
    assert found["audit"]["ok"]


def test_paths_and_open_things_give_the_same(model, corpus):
    assert evaluate_model(model.path, str(corpus.path), resamples=50) == evaluate_model(model, corpus, resamples=50)


def test_texts_that_read_the_same_answer_each_other(model, corpus):
    cases = [case for case in corpus if case.split == "test"]
    corpus.upsert([replace(case, texts=(Passage("title", "One sentence for all."),)) for case in cases])
    found = evaluate_model(model, corpus, resamples=50).to_dict()
    assert found["by_text_column"]["title"]["text_to_image"]["recall@1"]["value"] == 1
    assert found["by_text_column"]["title"]["text_to_image"]["recall@1"]["chance"] == 1


def test_every_column_is_measured_by_itself(model, corpus):
    cases = [case for case in corpus if case.split == "test"]
    more = [replace(c, texts=(*c.texts, Passage("alt_text", f"Seen in {c.id}.", column="legend"))) for c in cases]
    corpus.upsert(more)
    found = evaluate_model(model, corpus, resamples=50).to_dict()
    assert set(found["by_text_column"]) == {"caption", "legend"}
    assert found["metrics"]["text_to_image"]["recall@10"]["chance"] == pytest.approx(10 / 12)


def test_a_split_without_cases_names_those_there_are(model, corpus):
    with pytest.raises(EvaluationError, match="found none; this corpus has test, train, val; name one with --split"):
        evaluate_model(model, corpus, split="heldout")
