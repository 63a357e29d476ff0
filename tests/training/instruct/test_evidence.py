"""Evidence of examples: from other groups only, ranked without their own, and none where there is nobody to ask."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lexiscope.corpus import Corpus
from lexiscope.testing.speaking import make_speaking_corpus
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.evidence import ExampleEvidence, find_evidence

MakeContext = Callable[..., InstructContext]


def groups_of(evidence: ExampleEvidence, ranked: list) -> set[str]:
    assert evidence.store is not None
    return {evidence.store.cases[evidence.store.items[one.retrieved.item].row].group for one in ranked}


@pytest.mark.slow
def test_evidence_is_about_other_groups_and_best_first(speaking: Corpus, make_context: MakeContext) -> None:
    context = make_context(speaking)
    evidence = find_evidence(context)
    assert evidence.reranker is not None
    assert len(evidence.train) == len(context.train)
    assert len(evidence.val) == len(context.val) > 0
    training = {example.case.group for example in context.train}
    for examples, ranked in ((context.train, evidence.train), (context.val, evidence.val)):
        for example, own in zip(examples, ranked, strict=True):
            assert groups_of(evidence, own) <= training - {example.case.group}
            scores = [one.score for one in own]
            assert scores == sorted(scores, reverse=True)
            assert scores


@pytest.mark.slow
def test_evidence_never_comes_from_the_same_image_under_another_name(tmp_path: Path, make_context: MakeContext) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 12)
    first = next(corpus.cases("train"))
    corpus.upsert([replace(first, id="twin", group="elsewhere")])
    context = make_context(corpus)
    evidence = find_evidence(context)
    twins = [row for row, one in enumerate(context.train) if one.case.id in (first.id, "twin")]
    assert len(twins) == 2 * (len(first.turns) + len(first.texts))
    for row in twins:
        sources = groups_of(evidence, evidence.train[row])
        assert sources
        assert not sources & {first.group, "elsewhere"}


def test_examples_are_ranked_by_a_reranker_that_never_saw_their_group(
    speaking: Corpus, make_context: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lexiscope.training.instruct import evidence as module

    trained: list[set[str]] = []  # questions that each re-ranker learned from
    ranked_by: list[tuple[set[str], set[str]]] = []

    def train_reranker(joint, store, questions, answers, **more):
        trained.append(set(questions.questions))
        return trained[-1]

    def rerank(reranker, store, questions, **more):
        ranked_by.append((reranker, set(questions.questions)))
        return [[0.0] * len(hits) for hits in questions.retrieved]

    monkeypatch.setattr(module, "train_reranker", train_reranker)
    monkeypatch.setattr(module, "rerank", rerank)
    context = make_context(speaking)
    named = [replace(one, question=f"{one.case.group} {row}") for row, one in enumerate(context.train)]
    find_evidence(replace(context, train=named))
    assert len(trained) == 3  # two folds, and the one that is kept
    for learned, asked in ranked_by[:2]:
        assert not {question.split()[0] for question in learned} & {question.split()[0] for question in asked}
    assert ranked_by[0][1] | ranked_by[1][1] == trained[2] == {one.question for one in named}


@pytest.mark.parametrize("settings", [{"evidence": 0}, {}])
def test_without_evidence_no_store_is_built(settings: dict, tmp_path: Path, make_context: MakeContext) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 8)
    if not settings:  # three groups cannot be left out in two folds
        names = ("a", "b", "c")
        corpus.upsert([replace(case, group=names[row % 3], split="train") for row, case in enumerate(corpus)])
    context = make_context(corpus, **settings)
    evidence = find_evidence(context)
    assert (evidence.store, evidence.reranker) == (None, None)
    assert evidence.train == [[]] * len(context.train)
    assert evidence.texts(evidence.train[0], most=3) == []


@pytest.mark.slow
def test_the_words_of_evidence_come_once_each(speaking: Corpus, make_context: MakeContext) -> None:
    evidence = find_evidence(make_context(speaking))
    best = evidence.train[0]
    texts = evidence.texts([*best, *best], most=100)
    assert evidence.store is not None
    assert texts == list(dict.fromkeys(evidence.store.items[one.retrieved.item].text for one in best))
    assert evidence.texts(best, most=2) == texts[:2]
