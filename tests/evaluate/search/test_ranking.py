"""Queries of a file: measured as search answers them, each leg beside it."""

import json
from pathlib import Path

import pytest

from lexiscope.core.errors import EvaluationError
from lexiscope.evaluate.run import evaluate_model
from lexiscope.evaluate.search.ranking import discounted_gain, first_place
from lexiscope.tasks.search.indexing import index_corpus
from lexiscope.tasks.search.search import search


def write_queries(path: Path, corpus, split: str = "test") -> Path:
    lines = [{"query": case.texts[0].text, "cases": [case.id]} for case in corpus.cases(split)]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


@pytest.mark.slow
def test_queries_are_measured_as_search_answers_them(model, corpus, tmp_path):
    queries = write_queries(tmp_path / "queries.jsonl", corpus)
    found = evaluate_model(model, corpus, queries=queries, resamples=20).to_dict()
    assert (found["n"], found["cases"]) == (12, 12)
    assert set(found["metrics"]) == {"search"}
    assert set(found["metrics"]["search"]) == {"recall@1", "recall@10", "mrr", "ndcg@10"}
    assert set(found["legs"]) == {"image", "wording", "words"}
    assert not (model.path / "index").exists(), "measuring must leave the model's index alone"
    index_corpus(model, corpus)
    firsts = [
        search(model, case.texts[0].text, where=["split=test"])[0].value[0]["case"] for case in corpus.cases("test")
    ]
    right = sum(first == case.id for first, case in zip(firsts, corpus.cases("test"), strict=True))
    assert found["metrics"]["search"]["recall@1"]["value"] == pytest.approx(right / 12)
    assert evaluate_model(model, corpus, queries=queries, resamples=20).to_dict()["metrics"] == found["metrics"]
    assert found["legs"]["wording"]["mrr"]["value"] == 1.0, "every query is the very text of its case"
    assert found["reranked"]["recall@1"]["value"] >= found["legs"]["image"]["recall@1"]["value"]


def test_unknown_cases_and_other_splits_are_refused(model, corpus, tmp_path):
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"query": "a disc", "cases": ["nowhere"]}')
    with pytest.raises(EvaluationError, match="names the case 'nowhere'"):
        evaluate_model(model, corpus, queries=queries)
    with pytest.raises(EvaluationError, match="about cases of split 'test', found none"):
        evaluate_model(model, corpus, queries=write_queries(queries, corpus, "val"))


def test_ranks_and_gains_by_hand():
    assert first_place({"c": 1.0, "b": 1.0}, ["a", "b", "c"]) == 2.0
    assert discounted_gain({"a": 1.0, "b": 3.0}, ["a", "x", "b"], k=10) == pytest.approx(
        (1 + 3 / 2) / (3 + 1 / 1.5849625)
    )
    assert discounted_gain({"b": 1.0}, ["a", "b"], k=1) == 0.0
