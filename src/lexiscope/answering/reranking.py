"""Retrieve for questions, and re-rank what was retrieved by whether it holds for the case that is asked about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from lexiscope.answering.retrieval import RetrievalStore, Retrieved, question_vectors
from lexiscope.features.processes import to_device
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker

_CHUNK = 512  # pairs that go through the re-ranker at once
_WORDS = 64  # of a text that are compared: a page beside a question would make every pair of its batch as long


@dataclass(frozen=True)
class RetrievedEvidence:
    """Questions about cases, with what was recalled for each.

    Args:
        questions: As asked.
        images: Embeddings of the cases that they are about, unit rows.
        recalled: For each question.
    """

    questions: Sequence[str]
    images: Float32[np.ndarray, "n d"]
    retrieved: Sequence[Sequence[Retrieved]]

    def __len__(self) -> int:
        return len(self.questions)

    def rows(self, rows: Sequence[int] | Int64[np.ndarray, " m"]) -> "RetrievedEvidence":
        """Some of the questions."""
        return RetrievedEvidence(
            [self.questions[r] for r in rows], self.images[list(rows)], [self.retrieved[r] for r in rows]
        )


def retrieve_all(
    joint: JointSpace,
    store: RetrievalStore,
    questions: Sequence[str],
    images: Float32[np.ndarray, "n d"],
    *,
    excluded_groups: Sequence[Collection[str]],
) -> RetrievedEvidence:
    """Recall for each question what was said about cases of other groups.

    Args:
        excluded_groups: Groups that evidence about each question never comes from: those it is about.
    """
    wordings = question_vectors(joint, questions)
    retrieved = [
        store.retrieve(image, wording, excluded_groups=groups)
        for image, wording, groups in zip(images, wordings, excluded_groups, strict=True)
    ]
    return RetrievedEvidence(questions, images, retrieved)


class TokenStates:
    """The first words of texts as a joint space's text tower sees them, each text computed once."""

    def __init__(self, joint: JointSpace) -> None:
        self._joint = joint
        self._known: dict[str, Tensor] = {}

    @torch.no_grad()
    def of(self, texts: Sequence[str]) -> list[Float[Tensor, "n w"]]:
        """In their order, on the CPU; of each at most `_WORDS`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        states = (state[:_WORDS].clone().cpu() for state in self._joint.text.token_states(new))
        self._known |= dict(zip(new, states, strict=True))
        return [self._known[text] for text in texts]


@torch.inference_mode()
def rerank(
    reranker: Reranker, store: RetrievalStore, asking: RetrievedEvidence, *, words: TokenStates
) -> list[Float[np.ndarray, " k"]]:
    """Log-odds that each recalled item holds, for each question."""
    pairs = [(row, found) for row, retrieved in enumerate(asking.retrieved) for found in retrieved]
    lengths = [len(state) for state in words.of([store.items[found.item].text for _, found in pairs])]
    order = np.argsort(lengths, kind="stable")  # little padding: most answers are far shorter than the longest
    flat = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _CHUNK):
        rows = order[start : start + _CHUNK]
        batch = to_device(pair_inputs(asking, store, words, [pairs[row] for row in rows]), reranker.device)
        flat[rows] = reranker(**batch).float().cpu().numpy()
    ends = np.cumsum([0, *(len(retrieved) for retrieved in asking.retrieved)])
    return [flat[start:end] for start, end in pairwise(ends)]


def pair_inputs(
    asking: RetrievedEvidence, store: RetrievalStore, words: TokenStates, pairs: Sequence[tuple[int, Retrieved]]
) -> dict[str, Any]:
    """What a re-ranker reads of pairs of a question (its row) and a piece of evidence."""
    items = [store.items[found.item] for _, found in pairs]
    return {
        "question": words.of([asking.questions[row] for row, _ in pairs]),
        "evidence": words.of([item.text for item in items]),
        "question_images": torch.from_numpy(asking.images[[row for row, _ in pairs]]),
        "evidence_images": torch.from_numpy(store.images[[item.row for item in items]]),
    }
