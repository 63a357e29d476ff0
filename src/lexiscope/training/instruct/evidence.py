"""What an assistant reads beside each lesson: evidence from other groups, ranked by who never saw the lesson's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lexiscope.answering.examples import InstructionExample
from lexiscope.answering.pipeline import RankedEvidence, ranked
from lexiscope.answering.reranking import RetrievedEvidence, rerank, retrieve_all
from lexiscope.answering.retrieval import RetrievalStore, build_retrieval_store
from lexiscope.corpus.duplicates.same_group import connected_groups, excluded_groups
from lexiscope.features.vectors import case_vectors
from lexiscope.models.reranker import Reranker
from lexiscope.training.instruct.context import InstructContext
from lexiscope.training.instruct.reranker import train_reranker

_FOLDS = 2


@dataclass(frozen=True)
class ExampleEvidence:
    """A re-ranker, and what is found for each lesson, best first.

    Args:
        reranker: None where there was no other group to retrieve from.
        train: By re-rankers that never saw the lesson's group.
        val: By the re-ranker itself.
    """

    reranker: Reranker | None
    train: list[list[RankedEvidence]]
    val: list[list[RankedEvidence]]


@dataclass(frozen=True)
class EvidenceFinder:
    """Finds evidence for the lessons of one run; see `InstructRun`. Its `memory` holds the cases of training."""

    context: InstructContext

    @cached_property
    def memory(self) -> RetrievalStore:
        """What was said about the cases of training."""
        cases = {example.case.id: example.case for example in self.context.train}
        return build_retrieval_store(
            self.context.joint,
            self.context.corpus,
            list(cases.values()),
            views=self.context.model.views(),
            progress=self.context.progress,
        )

    def find(self) -> ExampleEvidence:
        """Train the re-rankers and rank.

        Evidence of a training lesson is ranked by a re-ranker that never saw the lesson's group: one that knows the
        right answer would teach the assistant to believe all evidence.
        """
        found: list[list[RankedEvidence]] = [[] for _ in self.context.train]
        own = excluded_groups(self.context.corpus, [example.case for example in self.context.train])
        groups = np.array(connected_groups(own))  # the same image under two names is of one group
        if not self.context.config.evidence or len(set(groups)) < 2 * _FOLDS:
            return ExampleEvidence(None, found, [[] for _ in self.context.val])
        asking, held_out = self._asking(self.context.train), self._asking(self.context.val)
        # All at once, in one order: who shares a batch changes last bits, and a resumed run must make the same steps.
        self.context.words.of(
            sorted({*asking.questions, *held_out.questions, *(item.text for item in self.memory.items)})
        )
        fold = _folds(groups, seed=self.context.config.seed)
        for number in range(_FOLDS):
            inside, outside = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            judge = self._reranker(f"reranker-{number}", asking, outside, None)
            for row, own_found in zip(inside, self._found(judge, asking.rows(inside)), strict=True):
                found[row] = own_found
        final = self._reranker("reranker", asking, np.arange(len(asking)), held_out)
        return ExampleEvidence(final, found, self._found(final, held_out))

    def _asking(self, lessons: Sequence[InstructionExample]) -> RetrievedEvidence:
        cases = [example.case for example in lessons]
        vectors = case_vectors(self.context.joint, self.context.corpus, cases, views=self.context.model.views())
        questions, own = [example.question for example in lessons], excluded_groups(self.context.corpus, cases)
        return retrieve_all(self.context.joint, self.memory, questions, vectors, own=own)

    def _reranker(
        self, name: str, asking: RetrievedEvidence, rows: np.ndarray, held_out: RetrievedEvidence | None
    ) -> Reranker:
        given = None if held_out is None else (held_out, [example.answer for example in self.context.val])
        return train_reranker(
            self.context.joint,
            self.memory,
            asking.rows(rows),
            [self.context.train[row].answer for row in rows],
            held_out=given,
            words=self.context.words,
            folder=self.context.folder / name,
            key=f"{self.context.key}-{name}",
            epochs=self.context.config.reranker_epochs,
            seed=self.context.config.seed,
            progress=self.context.progress,
        )

    def _found(self, reranker: Reranker, asking: RetrievedEvidence) -> list[list[RankedEvidence]]:
        return ranked(asking, rerank(reranker, self.memory, asking, words=self.context.words))


def _folds(groups: np.ndarray, *, seed: int) -> np.ndarray:
    """The fold of each lesson; a group is in one."""
    names = np.unique(groups)
    place = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % _FOLDS, strict=True))
    return np.array([place[group] for group in groups])
