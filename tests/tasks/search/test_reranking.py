"""Late interaction: what a query holds of a passage, token by token."""

import pytest
import torch

from lexiscope.corpus import Corpus
from lexiscope.index import Hit
from lexiscope.index.legs import LegWeights
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.search.reranking import PassageTokens, coverage, rerank
from lexiscope.tasks.search.search import RERANKED


def test_a_passage_that_the_query_holds_is_covered_whole() -> None:
    tokens = torch.eye(4)
    assert coverage(tokens, tokens[:2]) == pytest.approx(1.0)
    assert coverage(tokens[:1], tokens[:2]) == pytest.approx(0.5)
    assert coverage(tokens[:1], tokens[2:]) == pytest.approx(0.0)


def test_the_case_whose_words_are_asked_comes_first(corpus: Corpus, model: ModelDirectory) -> None:
    hits = [Hit(f"case-000{n}", 0.5) for n in (1, 2, 3)]
    text = corpus["case-0003"].texts[0].text
    again = rerank(hits, text, corpus=corpus, tokens=PassageTokens(model.joint()), weights=LegWeights())
    assert again[0].id == "case-0003"
    assert again[0].parts["tokens"] == pytest.approx(1.0, abs=1e-4)
    assert [hit.score for hit in again] == sorted((hit.score for hit in again), reverse=True)


def test_a_case_without_words_is_not_punished(corpus: Corpus, model: ModelDirectory) -> None:
    hits = [Hit("empty", 0.5, parts={"cosine": 0.4}), Hit("case-0001", 0.5)]
    again = rerank(hits, "specimen", corpus=corpus, tokens=PassageTokens(model.joint()), weights=LegWeights())
    bare = next(hit for hit in again if hit.id == "empty")
    assert "tokens" not in bare.parts
    assert bare.score == pytest.approx((2.2 * 0.5 + 0.35 * (0.25 + 0.2 * 0.4)) / 2.55)


def test_what_lies_deeper_follows(corpus: Corpus, model: ModelDirectory) -> None:
    hits = [Hit("case-0001", 0.9)] * RERANKED + [Hit("case-0002", 0.8)]
    again = rerank(hits, "a disc", corpus=corpus, tokens=PassageTokens(model.joint()), weights=LegWeights())
    assert (len(again), again[-1].id) == (RERANKED + 1, "case-0002")
    assert again[-1].score <= again[-2].score
