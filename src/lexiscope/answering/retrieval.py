"""`RetrievalStore`: statements about the cases a model learned from, retrieved for new questions about new cases."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.wording import answer_key, normalise
from lexiscope.features.vectors import case_vectors
from lexiscope.language.conversations.cleaning import clean
from lexiscope.language.text.sentences import sentence_texts
from lexiscope.models.joint import JointSpace
from lexiscope.views import View

_BARE = ("yes", "no")  # words that a passage may hold without answering anything
CASES = 50  # most similar cases whose statements are looked at
ITEMS = 32  # pieces of evidence that are worth re-ranking
_SHARPNESS = 0.05  # cosine by which a sentence of a context must lie nearer to the question to count e times as much


ReadTexts: TypeAlias = Callable[[Sequence[str]], Float32[np.ndarray, "n w"]]  # unit vectors of texts


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was said about a case: a turn or a passage.

    Args:
        row: Row of its case in `RetrievalStore.cases`.
        text: The passage, or question and answer together.
        question: Question of the turn; None for a passage.
        answer: Answer of the turn; None for a passage.
    """

    row: int
    text: str
    question: str | None = None
    answer: str | None = None

    @property
    def wording(self) -> str:
        """Text that is compared with a new question: the old one, or the passage.

        Example:
            >>> Statement(0, "Is it red? No", "Is it red?", "No").wording
            'Is it red?'
        """
        return self.question or self.text

    def supports(self, answer: str) -> bool:
        """Check whether its own answer reads like `answer`, or the passage holds all words of it.

        Example:
            >>> Statement(0, "A mass in the left lobe.").supports("left lobe")
            True
            >>> Statement(0, "Is it red? No", "Is it red?", "No").supports("yes")
            False
        """
        key = answer_key(answer)
        if self.answer is not None:
            return answer_key(self.answer) == key
        return bool(key) and key not in _BARE and f" {key} " in f" {normalise(self.text)} "


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A piece of evidence for a question, before it is re-ranked.

    Args:
        item: Index of the statement in `RetrievalStore.items`.
        image: Cosine of both cases' images in the joint space.
        wording: Cosine of the question and the statement's own question, or its text.
    """

    item: int
    image: float
    wording: float


@dataclass(frozen=True)
class RetrievalStore:
    """Cases with the statements about them, and the vectors by which they are found.

    Args:
        cases: Cases with an image and at least one statement.
        items: Statements about the cases.
        images: Embeddings of the cases, unit rows of the joint space.
        owners: Row of the case of each statement.
        wordings: Vectors of the statements, unit rows of the text tower.
        allowed: Mask of the cases whose statements may be retrieved; None for all.
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
        """Statements about the most similar cases that are worded most like the question; at most 32.

        Args:
            image: Embedding of the case that is asked about.
            wording: Vector of the question, as `question_vectors` gives it.
            excluded_groups: Patients, papers or specimens to leave out.
        """
        cosines = self.images @ image  # (n,)
        admitted = ~np.isin(self._groups, list(excluded_groups)) & (True if self.allowed is None else self.allowed)
        nearest = [row for row in np.argsort(-cosines, kind="stable") if admitted[row]][:CASES]
        chosen = np.flatnonzero(np.isin(self.owners, nearest))
        alike = self.wordings[chosen] @ wording  # (c,)
        order = np.argsort(-(alike + cosines[self.owners[chosen]]), kind="stable")[:ITEMS]
        return [
            Retrieved(int(chosen[row]), float(cosines[self.owners[chosen[row]]]), float(alike[row])) for row in order
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
    """Store of the cases that have an image the model reads and a statement about them.

    Args:
        joint: Joint space that embeds images and statements.
        corpus: Corpus that holds the cases.
        cases: Cases to choose from.
        views: Views of the model, by modality.
        progress: Called with the cases embedded so far.
    """
    kept = tuple(case for case in cases if views.keys() & case.images.keys() and (case.turns or case.statements))
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
    """Unit vectors of questions from the text tower alone: its projection learned to find images, not questions."""
    distinct = list(dict.fromkeys(questions))
    rows = {text: row for row, text in enumerate(distinct)}
    vectors = torch.nn.functional.normalize(joint.text_features(distinct), dim=-1).cpu().numpy()
    return vectors[[rows[text] for text in questions]]


def answer_sentences(context: str | None) -> list[str]:
    """Sentences of a context that may be answers, each once and without what points to a figure or another text.

    Example:
        >>> answer_sentences("As seen in Fig. 2, the glass is free of cracks. It was held at 600 °C [3].")
        ['The glass is free of cracks.', 'It was held at 600 °C [3].']
    """
    return list(dict.fromkeys(clean(sentence) or sentence for sentence in sentence_texts(context or "")))


def context_vectors(
    read: ReadTexts,
    questions: Float32[np.ndarray, "n w"],
    contexts: Sequence[str | None],
) -> Float32[np.ndarray, "n w"]:
    """Unit vectors of what is known beside the images, as far as it is about each question; zeros where nothing is.

    t ~ Σ_s softmax(q·s / 0.05) s over the vectors s of a context's sentences, for the vector q of the question; ours.
    One vector of a whole page says what it is about and no more, whatever is asked of it.

    Args:
        read: Gives unit vectors of texts, as `question_vectors` does.
        questions: Vectors of the questions.
        contexts: What is known beside each question's image.
    """
    told = [sentence_texts(context) if context else [] for context in contexts]
    distinct = list(dict.fromkeys(sentence for sentences in told for sentence in sentences))
    known = dict(zip(distinct, read(distinct), strict=True)) if distinct else {}
    vectors = np.zeros_like(questions)
    for row, sentences in enumerate(told):
        if sentences:
            vectors[row] = _attended(questions[row], np.stack([known[sentence] for sentence in sentences]))
    return vectors


def _attended(question: Float32[np.ndarray, " w"], sentences: Float32[np.ndarray, "s w"]) -> Float32[np.ndarray, " w"]:
    alike = sentences @ question
    shares = np.exp((alike - alike.max()) / _SHARPNESS)
    mixed: Float32[np.ndarray, " w"] = shares @ sentences
    return mixed / np.linalg.norm(mixed)


def _items(row: int, case: Case) -> list[Statement]:
    turns = [Statement(row, turn.statement, turn.question, turn.answer) for turn in case.turns]
    return turns + [Statement(row, passage.text) for passage in case.statements]
