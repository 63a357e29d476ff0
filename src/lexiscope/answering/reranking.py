"""`rerank`: retrieved statements ordered by whether they hold for the case that a question is about."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from lexiscope.answering.retrieval import RetrievalStore, Retrieved, question_vectors
from lexiscope.core.batched import batched
from lexiscope.features.processes import to_device
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker

_CHUNK = 512  # pairs that go through the re-ranker at once
_TOKENS = 64  # of a text that are compared: a page beside a question would make every pair of its batch as long

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class RetrievedEvidence:
    """Questions about cases, with the statements that were retrieved for each.

    Args:
        questions: The questions in words.
        images: Embeddings of the cases that they are about, unit rows.
        retrieved: Statements for each question, in the order of retrieval.
    """

    questions: Sequence[str]
    images: Float32[np.ndarray, "n d"]
    retrieved: Sequence[Sequence[Retrieved]]

    def __len__(self) -> int:
        return len(self.questions)

    def rows(self, rows: Sequence[int] | Int64[np.ndarray, " m"]) -> "RetrievedEvidence":
        """Some of the questions, by their rows.

        Example:
            >>> evidence = RetrievedEvidence(["Is it red?", "Is it round?"], np.eye(2, dtype=np.float32), [[], []])
            >>> evidence.rows([1]).questions
            ['Is it round?']
        """
        return RetrievedEvidence(
            [self.questions[r] for r in rows], self.images[list(rows)], [self.retrieved[r] for r in rows]
        )


def retrieve_all(
    store: RetrievalStore,
    questions: Sequence[str],
    wordings: Float32[np.ndarray, "n w"],
    images: Float32[np.ndarray, "n d"],
    *,
    excluded_groups: Sequence[Collection[str]],
) -> RetrievedEvidence:
    """Retrieve for each question what was said about cases of other groups.

    Args:
        store: Cases with what was said about them.
        questions: The questions in words.
        wordings: Vectors of the questions, as `question_vectors` gives them.
        images: Embeddings of the cases that they are about, unit rows.
        excluded_groups: Groups that evidence about each question never comes from: those it is about.
    """
    retrieved = [
        store.retrieve(image, wording, excluded_groups=groups)
        for image, wording, groups in zip(images, wordings, excluded_groups, strict=True)
    ]
    return RetrievedEvidence(questions, images, retrieved)


class TokenStates:
    """Token states and vectors of texts under a joint space's text tower, each computed once for a text.

    Args:
        joint: Joint space whose text tower reads the texts.
        most: Number of texts to keep between calls, so that a server does not grow; None keeps all.
    """

    def __init__(self, joint: JointSpace, *, most: int | None = None) -> None:
        self._joint = joint
        self._most = most
        self._states: dict[str, Tensor] = {}
        self._vectors: dict[str, np.ndarray] = {}

    @torch.no_grad()
    def of(self, texts: Sequence[str]) -> list[Float[Tensor, "n w"]]:
        """States in the order of the texts, on the CPU; of each text its first 64 tokens."""

        def read(new: list[str]) -> Iterator[Tensor]:
            return (state[:_TOKENS].clone().cpu() for state in self._joint.text.token_states(new))

        return self._remembered(self._states, texts, read)

    def vectors(self, texts: Sequence[str]) -> Float32[np.ndarray, "n w"]:
        """What `question_vectors` gives for the texts."""
        known = self._remembered(self._vectors, texts, lambda new: question_vectors(self._joint, new))
        return np.array(known, dtype=np.float32).reshape(len(texts), self._joint.text.width)

    def _remembered(
        self, known: dict[str, _Read], texts: Sequence[str], read: Callable[[list[str]], Iterable[_Read]]
    ) -> list[_Read]:
        """What is known of the texts, in their order; what was read of new ones is added."""
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= zip(new, read(new), strict=True)
        requested = [known[text] for text in texts]
        for text in list(known)[: 0 if self._most is None else max(0, len(known) - self._most)]:
            del known[text]  # the latest are kept
        return requested


@dataclass(frozen=True, slots=True)
class RankedEvidence:
    """A piece of evidence with the score of each stage.

    Args:
        retrieved: The piece, with its cosines of image and wording.
        score: Log-odds that it holds, from the re-ranker.
    """

    retrieved: Retrieved
    score: float

    @property
    def probability(self) -> float:
        """The re-ranker's probability that it holds.

        Example:
            >>> RankedEvidence(Retrieved(item=0, image=0.9, wording=0.8), score=0.0).probability
            0.5
        """
        return float(1 / (1 + np.exp(-self.score)))


@torch.inference_mode()
def rerank(
    reranker: Reranker, store: RetrievalStore, evidence: RetrievedEvidence, *, words: TokenStates
) -> list[Float[np.ndarray, " k"]]:
    """Log-odds that each retrieved statement holds, for each question.

    Args:
        reranker: Model that reads pairs of a question and a statement.
        store: Cases with what was said about them.
        evidence: Questions with the statements that were retrieved for each.
        words: Token states of questions and statements.
    """
    pairs = [(row, statement) for row, statements in enumerate(evidence.retrieved) for statement in statements]
    lengths = [len(state) for state in words.of([store.items[statement.item].text for _, statement in pairs])]
    order = np.argsort(lengths, kind="stable")  # little padding: most answers are far shorter than the longest
    flat = np.empty(len(pairs), np.float32)
    for rows in batched(order.tolist(), _CHUNK):
        batch = to_device(pair_inputs(evidence, store, words, [pairs[row] for row in rows]), reranker.device)
        flat[list(rows)] = reranker(**batch).float().cpu().numpy()
    ends = np.cumsum([0, *map(len, evidence.retrieved)])
    return [flat[start:end] for start, end in pairwise(ends)]


def ranked(evidence: RetrievedEvidence, scores: Sequence[Float[np.ndarray, " k"]]) -> list[list[RankedEvidence]]:
    """The retrieved statements of each question with their scores, best first.

    Args:
        evidence: Questions with the statements that were retrieved for each.
        scores: Log-odds of the statements of each question, as `rerank` gives them.

    Example:
        >>> found = [[Retrieved(item=4, image=0.9, wording=0.2), Retrieved(item=7, image=0.5, wording=0.6)]]
        >>> evidence = RetrievedEvidence(["Is it red?"], np.ones((1, 1), dtype=np.float32), found)
        >>> [(piece.retrieved.item, piece.score) for piece in ranked(evidence, [np.array([-1.0, 2.0])])[0]]
        [(7, 2.0), (4, -1.0)]
    """
    return [
        sorted(
            (RankedEvidence(statement, float(score)) for statement, score in zip(statements, each, strict=True)),
            key=lambda piece: -piece.score,
        )
        for statements, each in zip(evidence.retrieved, scores, strict=True)
    ]


def pair_inputs(
    evidence: RetrievedEvidence, store: RetrievalStore, words: TokenStates, pairs: Sequence[tuple[int, Retrieved]]
) -> dict[str, Any]:
    """Inputs of a re-ranker for pairs of a question (its row) and a retrieved statement."""
    items = [store.items[statement.item] for _, statement in pairs]
    return {
        "question": words.of([evidence.questions[row] for row, _ in pairs]),
        "evidence": words.of([item.text for item in items]),
        "question_images": torch.from_numpy(evidence.images[[row for row, _ in pairs]]),
        "evidence_images": torch.from_numpy(store.images[[item.row for item in items]]),
    }
