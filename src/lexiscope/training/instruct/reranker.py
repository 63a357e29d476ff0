"""`train_reranker`: a re-ranker learns from a corpus's own questions whether the answer of another case holds here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn
from torch.nn import functional

from lexiscope.answering.reranking import RetrievedEvidence, TokenStates, pair_inputs
from lexiscope.answering.retrieval import RetrievalStore
from lexiscope.features.processes import process_state, to_device
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker, RerankerConfig
from lexiscope.training.loop.config import LoopConfig
from lexiscope.training.loop.loop import Validation, train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.stage import StageRun

_PAIRS = 8  # pieces of evidence a question is compared with in one step
_LR, _WEIGHT_DECAY = 5e-4, 0.05


@dataclass(frozen=True)
class RerankRows:
    """Questions with known answers, as batches of pairs for `RerankStep`.

    Args:
        questions: Questions with the evidence that was retrieved for each.
        answers: Right answer of each question.
        store: Store that the evidence comes from.
        words: Token states of texts.
        seed: Seed of the draws of evidence.
    """

    questions: RetrievedEvidence
    answers: Sequence[str]
    store: RetrievalStore
    words: TokenStates
    seed: int

    def __len__(self) -> int:
        return len(self.questions)

    def names(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> list[str]:  # noqa: ARG002 - the same in all
        """Questions of rows."""
        return [self.questions.questions[row] for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Pairs of each question with some of the evidence retrieved for it, and which of them hold."""
        pairs = [
            (row, self.questions.retrieved[row][number])
            for row in rows.tolist()  # each with draws of its own, whoever shares its batch
            for number in np.random.default_rng((self.seed, epoch, row)).permutation(
                len(self.questions.retrieved[row])
            )[:_PAIRS]
        ]
        holds = [self.store.items[hit.item].supports(self.answers[row]) for row, hit in pairs]
        return {**pair_inputs(self.questions, self.store, self.words, pairs), "holds": torch.tensor(holds).float()}


class RerankStep(nn.Module):
    """Cross entropy of each piece of evidence holding or not."""

    def __init__(self, reranker: Reranker) -> None:
        super().__init__()
        self.reranker = reranker

    def forward(self, batch: dict[str, Any]) -> dict[str, Loss]:
        """Loss of a batch of `RerankRows` of all processes; its chance level knows how often evidence holds."""
        logits = self.reranker(batch["question"], batch["evidence"], batch["question_images"], batch["evidence_images"])
        logits, holds = gather_rows(logits), gather_rows(batch["holds"])
        rate = holds.mean()
        chance = -torch.xlogy(rate, rate) - torch.xlogy(1 - rate, 1 - rate)
        return {"holds": Loss(functional.binary_cross_entropy_with_logits(logits.float(), holds), chance)}


def train_reranker(
    joint: JointSpace,
    store: RetrievalStore,
    questions: RetrievedEvidence,
    answers: Sequence[str],
    *,
    held_out: tuple[RetrievedEvidence, Sequence[str]] | None = None,
    words: TokenStates,
    run: StageRun,
    epochs: int,
    seed: int,
) -> Reranker:
    """Re-ranker trained on questions with known answers; resumes as every stage does.

    Args:
        joint: Joint space whose vectors it compares.
        store: Store that the evidence comes from.
        questions: Questions with the evidence that was retrieved for each.
        answers: Right answer of each question.
        held_out: Questions and answers of the split "val", to keep the best epoch by.
        words: Token states of texts.
        run: Folder and key of the run.
        epochs: Passes over the questions.
        seed: Seed of everything random in the run.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        reranker = Reranker(RerankerConfig(text_dim=joint.text.config.model["hidden_size"], image_dim=joint.width))
    step = RerankStep(reranker.to(process_state().device))
    rows = RerankRows(questions, answers, store, words, seed)
    validate = None
    if held_out is not None and len(held_out[0]):
        validate = partial(_validate, step, replace(rows, questions=held_out[0], answers=held_out[1]))
    train(
        step,
        adamw(step, towers=(), lr=_LR, tower_lr=_LR, weight_decay=_WEIGHT_DECAY),
        rows,
        folder=run.folder,
        key=run.key,
        config=LoopConfig(epochs=epochs, batch=min(32, len(rows)), seed=seed),
        validate=validate,
        progress=run.progress,
    )
    return reranker.eval()


@torch.no_grad()
def _validate(step: RerankStep, rows: RerankRows) -> Validation:
    step.eval()
    loss = step(to_device(rows.batch(np.arange(len(rows)), epoch=0), step.reranker.device))["holds"]
    return Validation(-loss.value.item(), {"loss": loss.value.item(), "chance": loss.chance.item()})
