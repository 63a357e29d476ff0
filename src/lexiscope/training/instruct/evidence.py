"""Evidence beside each example: retrieved from other groups, ranked by re-rankers that never saw the example's own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.reranking import RankedEvidence, RetrievedEvidence, ranked, rerank, retrieve_all
from lexiscope.answering.retrieval import RetrievalStore, build_retrieval_store
from lexiscope.corpus.duplicates.same_group import connected_groups, excluded_groups
from lexiscope.features.vectors import case_vectors
from lexiscope.models.reranker import Reranker
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.reranker import train_reranker

_FOLDS = 2


@dataclass(frozen=True)
class ExampleEvidence:
    """Ranked evidence of every example, with the store that it was retrieved from.

    Args:
        store: Statements about the cases of training; None where nothing is retrieved.
        reranker: The re-ranker, trained on all examples; None where nothing is retrieved.
        train: Evidence of each training example, best first, by re-rankers that never saw the example's group.
        val: Evidence of each held-out example, best first, by the re-ranker itself.
    """

    store: RetrievalStore | None
    reranker: Reranker | None
    train: list[list[RankedEvidence]]
    val: list[list[RankedEvidence]]

    def texts(self, evidence: Sequence[RankedEvidence], *, most: int) -> list[str]:
        """Words of the evidence of one example, each text once."""
        if self.store is None:
            return []
        texts = [self.store.items[one.retrieved.item].text for one in evidence]
        return list(dict.fromkeys(texts))[:most]


def find_evidence(context: InstructContext) -> ExampleEvidence:
    """Build the retrieval store of the training cases, train the re-rankers, and rank the evidence of every example.

    Evidence of a training example is ranked by a re-ranker that never saw the example's group: one that knows the
    right answer would train the assistant to believe all evidence. Without settings for evidence, and where there are
    too few groups to leave any out, no store is built and nothing is retrieved.
    """
    excluded = excluded_groups(context.corpus, [example.case for example in context.train])
    groups = np.array(connected_groups(excluded))  # the same image under two names is of one group
    if not context.config.evidence or len(set(groups)) < 2 * _FOLDS:
        return ExampleEvidence(None, None, [[] for _ in context.train], [[] for _ in context.val])
    store = _build_store(context)
    questions, held_out = (_retrieve(context, store, examples) for examples in (context.train, context.val))
    # All at once, in one order: who shares a batch changes last bits, and a resumed run must make the same steps.
    context.words.of(sorted({*questions.questions, *held_out.questions, *(item.text for item in store.items)}))
    train: list[list[RankedEvidence]] = [[] for _ in context.train]
    fold = _folds(groups, seed=context.config.seed)
    for number in range(_FOLDS):
        inside, outside = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        reranker = _train(context, store, f"reranker-{number}", questions, outside)
        ranked_inside = _rank(context, store, reranker, questions.rows(inside))
        for row, evidence in zip(inside, ranked_inside, strict=True):
            train[row] = evidence
    final = _train(context, store, "reranker", questions, np.arange(len(questions)), held_out=held_out)
    return ExampleEvidence(store, final, train, _rank(context, store, final, held_out))


def _build_store(context: InstructContext) -> RetrievalStore:
    cases = {example.case.id: example.case for example in context.train}
    return build_retrieval_store(
        context.joint, context.corpus, list(cases.values()), views=context.views, progress=context.run.progress
    )


def _retrieve(
    context: InstructContext, store: RetrievalStore, examples: Sequence[InstructionExample]
) -> RetrievedEvidence:
    cases = [example.case for example in examples]
    vectors = case_vectors(context.joint, context.corpus, cases, views=context.views)
    excluded = excluded_groups(context.corpus, cases)
    questions = [example.question for example in examples]
    return retrieve_all(store, questions, context.words.vectors(questions), vectors, excluded_groups=excluded)


def _train(
    context: InstructContext,
    store: RetrievalStore,
    name: str,
    questions: RetrievedEvidence,
    rows: np.ndarray,
    *,
    held_out: RetrievedEvidence | None = None,
) -> Reranker:
    return train_reranker(
        context.joint,
        store,
        questions.rows(rows),
        [context.train[row].answer for row in rows],
        held_out=None if held_out is None else (held_out, [example.answer for example in context.val]),
        words=context.words,
        run=context.run.phase(name),
        epochs=context.config.reranker_epochs,
        seed=context.config.seed,
    )


def _rank(
    context: InstructContext, store: RetrievalStore, reranker: Reranker, questions: RetrievedEvidence
) -> list[list[RankedEvidence]]:
    return ranked(questions, rerank(reranker, store, questions, words=context.words))


def _folds(groups: np.ndarray, *, seed: int) -> np.ndarray:
    """Fold of each example; a group is in one."""
    names = np.unique(groups)
    fold = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % _FOLDS, strict=True))
    return np.array([fold[group] for group in groups])
