"""`RetrievalStore`: what was said about the cases a model learned from, and which of it may help with a new
question."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.wording import answer_key, normalise
from lexiscope.features.vectors import case_vectors
from lexiscope.models.joint import JointSpace
from lexiscope.views import View

_BARE = ("yes", "no")  # words that a passage may hold without answering anything
CASES = 50  # most similar cases whose words are looked at
ITEMS = 32  # pieces of evidence that are worth re-ranking


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was said about a case: a turn or a passage.

    Args:
        row: Of its case in `RetrievalStore.cases`.
        text: The passage, or question and answer together.
        question: What was asked; None for a passage.
        answer: What was answered; None for a passage.
    """

    row: int
    text: str
    question: str | None = None
    answer: str | None = None

    @property
    def wording(self) -> str:
        """What is compared with a new question: the old one, or the passage."""
        return self.question or self.text

    def supports(self, answer: str) -> bool:
        """Whether it says the same: its own answer reads like `answer`, or the passage holds all of its words."""
        said = answer_key(answer)
        if self.answer is not None:
            return answer_key(self.answer) == said
        return bool(said) and said not in _BARE and f" {said} " in f" {normalise(self.text)} "


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A piece of evidence for a question, before it is re-ranked.

    Args:
        item: Its place in `RetrievalStore.items`.
        image: Cosine of both cases' images in the joint space.
        wording: Cosine of the question and what the item was asked, or says.
    """

    item: int
    image: float
    wording: float


@dataclass(frozen=True)
class RetrievalStore:
    """Cases with what was said about them, and the vectors by which they are found.

    Args:
        images: Of the cases, unit rows of the joint space.
        owners: The case's row of each item.
        wordings: Of the items, unit rows of the text tower.
        allowed: Which cases may be recalled; None for all.
    """

    cases: tuple[Case, ...]
    items: tuple[Statement, ...]
    images: Float32[np.ndarray, "n d"]
    owners: Int64[np.ndarray, " m"]
    wordings: Float32[np.ndarray, "m w"]
    allowed: Bool[np.ndarray, " n"] | None = None

    def retrieve(
        self,
        image: Float32[np.ndarray, " d"],
        wording: Float32[np.ndarray, " w"],
        *,
        excluded_groups: Collection[str] = (),
    ) -> list[Retrieved]:
        """The items of the most similar cases that are worded most like the question; at most `ITEMS`.

        Args:
            image: Embedding of the case that is asked about.
            wording: The question, as `question_vectors` gives it.
            but_groups: Leave out these patients, papers or specimens.
        """
        cosines = self.images @ image  # (n,)
        open_to = ~np.isin(self._groups, list(excluded_groups)) & (True if self.allowed is None else self.allowed)
        nearest = [row for row in np.argsort(-cosines, kind="stable") if open_to[row]][:CASES]
        chosen = np.flatnonzero(np.isin(self.owners, nearest))
        alike = self.wordings[chosen] @ wording  # (c,)
        order = np.argsort(-(alike + cosines[self.owners[chosen]]), kind="stable")[:ITEMS]
        return [
            Retrieved(int(chosen[place]), float(cosines[self.owners[chosen[place]]]), float(alike[place]))
            for place in order
        ]

    @cached_property
    def _groups(self) -> np.ndarray:
        return np.array([case.group for case in self.cases], dtype=object)


def build_retrieval_store(
    joint: JointSpace,
    corpus: Corpus,
    cases: Sequence[Case],
    *,
    views: Mapping[str, View],
    progress: Progress | None = None,
) -> RetrievalStore:
    """A memory of cases that have an image the model reads and something said about them."""
    kept = tuple(case for case in cases if views.keys() & case.images.keys() and (case.turns or case.texts))
    items = tuple(item for row, case in enumerate(kept) for item in _items(row, case))
    return RetrievalStore(
        kept,
        items,
        case_vectors(joint, corpus, kept, views=views, progress=progress),
        np.array([item.row for item in items], dtype=np.int64),
        question_vectors(joint, [item.wording for item in items]),
    )


@torch.inference_mode()
def question_vectors(joint: JointSpace, questions: Sequence[str]) -> Float32[np.ndarray, "n w"]:
    """Unit vectors of questions, as the text tower sees them: the projections learned to see images in them."""
    distinct = list(dict.fromkeys(questions))
    rows = {text: row for row, text in enumerate(distinct)}
    vectors = torch.nn.functional.normalize(joint.text_features(distinct), dim=-1).cpu().numpy()
    return vectors[[rows[text] for text in questions]]


def context_vectors(joint: JointSpace, contexts: Sequence[str | None]) -> Float32[np.ndarray, "n w"]:
    """What is known beside the images, as the text tower sees it; zeros where nothing is."""
    vectors = question_vectors(joint, [context or "" for context in contexts])
    there = np.array([bool(context) for context in contexts])
    return np.where(there[:, None], vectors, np.float32(0))


def _items(row: int, case: Case) -> list[Statement]:
    said = [Statement(row, turn.statement, turn.question, turn.answer) for turn in case.turns]
    return said + [Statement(row, passage.text) for passage in case.texts]
