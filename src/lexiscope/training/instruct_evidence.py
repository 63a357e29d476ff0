"""What an assistant reads beside each lesson: evidence from other groups, ranked by who never saw the lesson's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from lexiscope.corpus import Corpus
from lexiscope.corpus.own import families, own_groups
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker
from lexiscope.training.answering import Found, ranked
from lexiscope.training.instruct_config import InstructConfig
from lexiscope.training.lessons import Lesson
from lexiscope.training.loop import ProgressCall
from lexiscope.training.memory import Memory, make_memory
from lexiscope.training.rerank import Asking, Words, recall_all, rerank, train_reranker
from lexiscope.training.vectors import case_vectors

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

    corpus: Corpus
    model: ModelDirectory
    joint: JointSpace
    words: Words
    config: InstructConfig
    key: str
    folder: Path
    progress: ProgressCall | None
    train_lessons: Sequence[Lesson]
    val_lessons: Sequence[Lesson]

    @cached_property
    def memory(self) -> Memory:
        """What was said about the cases of training."""
        cases = {lesson.case.id: lesson.case for lesson in self.train_lessons}
        return make_memory(
            self.joint, self.corpus, list(cases.values()), views=self.model.views(), progress=self.progress
        )

    def find(self) -> FoundEvidence:
        """Train the re-rankers and rank.

        Evidence of a training lesson is ranked by a re-ranker that never saw the lesson's group: one that knows the
        right answer would teach the assistant to believe all evidence.
        """
        found: list[list[Found]] = [[] for _ in self.train_lessons]
        own = own_groups(self.corpus, [lesson.case for lesson in self.train_lessons])
        groups = np.array(families(own))  # the same image under two names is of one group
        if not self.config.evidence or len(set(groups)) < 2 * _FOLDS:
            return FoundEvidence(None, found, [[] for _ in self.val_lessons])
        asking, held_out = self._asking(self.train_lessons), self._asking(self.val_lessons)
        # All at once, in one order: who shares a batch changes last bits, and a resumed run must make the same steps.
        self.words.of(sorted({*asking.questions, *held_out.questions, *(item.text for item in self.memory.items)}))
        fold = _folds(groups, seed=self.config.seed)
        for number in range(_FOLDS):
            inside, outside = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            judge = self._reranker(f"reranker-{number}", asking, outside, None)
            for row, own_found in zip(inside, self._found(judge, asking.rows(inside)), strict=True):
                found[row] = own_found
        final = self._reranker("reranker", asking, np.arange(len(asking)), held_out)
        return FoundEvidence(final, found, self._found(final, held_out))

    def _asking(self, lessons: Sequence[Lesson]) -> Asking:
        cases = [lesson.case for lesson in lessons]
        vectors = case_vectors(self.joint, self.corpus, cases, views=self.model.views())
        questions, own = [lesson.question for lesson in lessons], own_groups(self.corpus, cases)
        return recall_all(self.joint, self.memory, questions, vectors, own=own)

    def _reranker(self, name: str, asking: Asking, rows: np.ndarray, held_out: Asking | None) -> Reranker:
        given = None if held_out is None else (held_out, [lesson.answer for lesson in self.val_lessons])
        return train_reranker(
            self.joint,
            self.memory,
            asking.rows(rows),
            [self.train_lessons[row].answer for row in rows],
            held_out=given,
            words=self.words,
            folder=self.folder / name,
            key=f"{self.key}-{name}",
            epochs=self.config.reranker_epochs,
            seed=self.config.seed,
            progress=self.progress,
        )

    def _found(self, reranker: Reranker, asking: Asking) -> list[list[Found]]:
        return ranked(asking, rerank(reranker, self.memory, asking, words=self.words))


def _folds(groups: np.ndarray, *, seed: int) -> np.ndarray:
    """The fold of each lesson; a group is in one."""
    names = np.unique(groups)
    place = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % _FOLDS, strict=True))
    return np.array([place[group] for group in groups])
