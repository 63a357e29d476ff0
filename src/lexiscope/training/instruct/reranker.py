"""Training a re-ranker on a corpus's own questions: what other cases were answered, does it hold here?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn
from torch.nn import functional

from lexiscope.answering.reranking import RetrievedEvidence, TokenStates, pair_inputs
from lexiscope.answering.retrieval import RetrievalStore
from lexiscope.core.progress import Progress
from lexiscope.features.processes import process_state, to_device
from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker, RerankerConfig
from lexiscope.training.loop.loop import LoopConfig, Validation, train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss

_PAIRS = 8  # pieces of evidence a question is compared with in one step
_LR, _WEIGHT_DECAY = 5e-4, 0.05


@dataclass(frozen=True)
class RerankRows:
    """Questions with known answers, as batches of pairs for `RerankStep`."""

    asking: RetrievedEvidence
    answers: Sequence[str]
    memory: RetrievalStore
    words: TokenStates
    seed: int

    def __len__(self) -> int:
        return len(self.asking)

    def names(self, rows: Int64[np.ndarray, " b"]) -> list[str]:
        """The questions of rows."""
        return [self.asking.questions[row] for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Pairs of each question with some of what was recalled for it, and whether its answer holds."""
        pairs = [
            (row, self.asking.retrieved[row][place])
            for row in rows.tolist()  # each with a chance of its own, whoever shares its batch
            for place in np.random.default_rng((self.seed, epoch, row)).permutation(len(self.asking.retrieved[row]))[
                :_PAIRS
            ]
        ]
        holds = [self.memory.items[found.item].supports(self.answers[row]) for row, found in pairs]
        return {**pair_inputs(self.asking, self.memory, self.words, pairs), "holds": torch.tensor(holds).float()}


class RerankStep(nn.Module):
    """Cross entropy of whether each piece of evidence holds."""

    def __init__(self, reranker: Reranker) -> None:
        super().__init__()
        self.reranker = reranker

    def forward(self, batch: dict[str, Any]) -> dict[str, Loss]:
        """The loss of a batch of `RerankRows` of all processes; chance knows how often evidence holds, nothing else."""
        logits = self.reranker(batch["question"], batch["evidence"], batch["question_images"], batch["evidence_images"])
        logits, holds = gather_rows(logits), gather_rows(batch["holds"])
        rate = holds.mean()
        chance = -torch.xlogy(rate, rate) - torch.xlogy(1 - rate, 1 - rate)
        return {"holds": Loss(functional.binary_cross_entropy_with_logits(logits.float(), holds), chance)}


def train_reranker(
    joint: JointSpace,
    memory: RetrievalStore,
    asking: RetrievedEvidence,
    answers: Sequence[str],
    *,
    held_out: tuple[RetrievedEvidence, Sequence[str]] | None = None,
    words: TokenStates,
    folder: Path,
    key: str,
    epochs: int,
    seed: int,
    progress: Progress | None = None,
) -> Reranker:
    """A re-ranker that has learned from questions with known answers; resumes as every stage does.

    Args:
        held_out: Questions of the split "val", to keep the best epoch by.
        key: Hash of everything that decides the run.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        reranker = Reranker(RerankerConfig(text_dim=joint.text.config.model["hidden_size"], image_dim=joint.width))
    step = RerankStep(reranker.to(process_state().device))
    rows = RerankRows(asking, answers, memory, words, seed)
    validate = None
    if held_out is not None and len(held_out[0]):
        validate = partial(_validate, step, replace(rows, asking=held_out[0], answers=held_out[1]))
    train(
        step,
        adamw(step, towers=(), lr=_LR, tower_lr=_LR, weight_decay=_WEIGHT_DECAY),
        rows,
        folder=folder,
        key=key,
        config=LoopConfig(epochs=epochs, batch=min(32, len(rows)), seed=seed),
        validate=validate,
        progress=progress,
    )
    return reranker.eval()


@torch.no_grad()
def _validate(step: RerankStep, rows: RerankRows) -> Validation:
    step.eval()
    loss = step(to_device(rows.batch(np.arange(len(rows)), epoch=0), step.reranker.device))["holds"]
    return Validation(-loss.value.item(), {"loss": loss.value.item(), "chance": loss.chance.item()})
