"""What an assistant reads beside each lesson: evidence from other groups, ranked by who never saw the lesson's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lexiscope.answering.answering import Found, ranked
from lexiscope.answering.examples import Lesson
from lexiscope.answering.reranking import Asking, recall_all, rerank
from lexiscope.answering.retrieval import Memory, make_memory
from lexiscope.corpus.duplicates.same_group import families, own_groups
from lexiscope.features.vectors import case_vectors
from lexiscope.models.reranker import Reranker
from lexiscope.training.instruct.context import Course
from lexiscope.training.instruct.reranker import train_reranker

_FOLDS = 2


@dataclass(frozen=True)
class FoundEvidence:
    """A re-ranker, and what is found for each lesson, best first.

    Args:
        reranker: None where there was no other group to retrieve from.
        train: By re-rankers that never saw the lesson's group.
        val: By the re-ranker itself.
    """

    reranker: Reranker | None
    train: list[list[Found]]
    val: list[list[Found]]


@dataclass(frozen=True)
class LessonEvidence:
    """Finds evidence for the lessons of one run; see `InstructRun`. Its `memory` holds the cases of training."""

    course: Course

    @cached_property
    def memory(self) -> Memory:
        """What was said about the cases of training."""
        cases = {lesson.case.id: lesson.case for lesson in self.course.train}
        return make_memory(
            self.course.joint,
            self.course.corpus,
            list(cases.values()),
            views=self.course.model.views(),
            progress=self.course.progress,
        )

    def find(self) -> FoundEvidence:
        """Train the re-rankers and rank.

        Evidence of a training lesson is ranked by a re-ranker that never saw the lesson's group: one that knows the
        right answer would teach the assistant to believe all evidence.
        """
        found: list[list[Found]] = [[] for _ in self.course.train]
        own = own_groups(self.course.corpus, [lesson.case for lesson in self.course.train])
        groups = np.array(families(own))  # the same image under two names is of one group
        if not self.course.config.evidence or len(set(groups)) < 2 * _FOLDS:
            return FoundEvidence(None, found, [[] for _ in self.course.val])
        asking, held_out = self._asking(self.course.train), self._asking(self.course.val)
        # All at once, in one order: who shares a batch changes last bits, and a resumed run must make the same steps.
        self.course.words.of(
            sorted({*asking.questions, *held_out.questions, *(item.text for item in self.memory.items)})
        )
        fold = _folds(groups, seed=self.course.config.seed)
        for number in range(_FOLDS):
            inside, outside = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            judge = self._reranker(f"reranker-{number}", asking, outside, None)
            for row, own_found in zip(inside, self._found(judge, asking.rows(inside)), strict=True):
                found[row] = own_found
        final = self._reranker("reranker", asking, np.arange(len(asking)), held_out)
        return FoundEvidence(final, found, self._found(final, held_out))

    def _asking(self, lessons: Sequence[Lesson]) -> Asking:
        cases = [lesson.case for lesson in lessons]
        vectors = case_vectors(self.course.joint, self.course.corpus, cases, views=self.course.model.views())
        questions, own = [lesson.question for lesson in lessons], own_groups(self.course.corpus, cases)
        return recall_all(self.course.joint, self.memory, questions, vectors, own=own)

    def _reranker(self, name: str, asking: Asking, rows: np.ndarray, held_out: Asking | None) -> Reranker:
        given = None if held_out is None else (held_out, [lesson.answer for lesson in self.course.val])
        return train_reranker(
            self.course.joint,
            self.memory,
            asking.rows(rows),
            [self.course.train[row].answer for row in rows],
            held_out=given,
            words=self.course.words,
            folder=self.course.folder / name,
            key=f"{self.course.key}-{name}",
            epochs=self.course.config.reranker_epochs,
            seed=self.course.config.seed,
            progress=self.course.progress,
        )

    def _found(self, reranker: Reranker, asking: Asking) -> list[list[Found]]:
        return ranked(asking, rerank(reranker, self.memory, asking, words=self.course.words))


def _folds(groups: np.ndarray, *, seed: int) -> np.ndarray:
    """The fold of each lesson; a group is in one."""
    names = np.unique(groups)
    place = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % _FOLDS, strict=True))
    return np.array([place[group] for group in groups])
