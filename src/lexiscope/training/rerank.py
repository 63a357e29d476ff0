"""Training a re-ranker on a corpus's own questions: what other cases were answered, does it hold here?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.models.joint import JointSpace
from lexiscope.models.reranker import Reranker, RerankerConfig
from lexiscope.training.loop import LoopConfig, ProgressCall, Validation, to_device, train
from lexiscope.training.memory import Memory, Recalled, question_vectors
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.optimizer import adamw
from lexiscope.training.processes import processes

_PAIRS = 8  # pieces of evidence a question is compared with in one step
_CHUNK = 512  # pairs that go through the re-ranker at once
_WORDS = 64  # of a text that are compared: a page beside a question would make every pair of its batch as long
_LR, _WEIGHT_DECAY = 5e-4, 0.05


@dataclass(frozen=True)
class Asking:
    """Questions about cases, with what was recalled for each.

    Args:
        questions: As asked.
        images: Embeddings of the cases that they are about, unit rows.
        recalled: For each question.
    """

    questions: Sequence[str]
    images: Float32[np.ndarray, "n d"]
    recalled: Sequence[Sequence[Recalled]]

    def __len__(self) -> int:
        return len(self.questions)

    def rows(self, rows: Sequence[int] | Int64[np.ndarray, " m"]) -> "Asking":
        """Some of the questions."""
        return Asking([self.questions[r] for r in rows], self.images[list(rows)], [self.recalled[r] for r in rows])


def recall_all(
    joint: JointSpace,
    memory: Memory,
    questions: Sequence[str],
    images: Float32[np.ndarray, "n d"],
    *,
    own: Sequence[Collection[str]],
) -> Asking:
    """Recall for each question what was said about cases of other groups.

    Args:
        own: Groups that each question is about: evidence never comes from them.
    """
    wordings = question_vectors(joint, questions)
    recalled = [
        memory.recall(image, wording, but_groups=groups)
        for image, wording, groups in zip(images, wordings, own, strict=True)
    ]
    return Asking(questions, images, recalled)


class Words:
    """The first words of texts as a joint space's text tower sees them, each text computed once."""

    def __init__(self, joint: JointSpace) -> None:
        self._joint = joint
        self._known: dict[str, Tensor] = {}

    @torch.no_grad()
    def of(self, texts: Sequence[str]) -> list[Float[Tensor, "n w"]]:
        """In their order, on the CPU; of each at most `_WORDS`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        states = (state[:_WORDS].clone().cpu() for state in self._joint.text.words(new))
        self._known |= dict(zip(new, states, strict=True))
        return [self._known[text] for text in texts]


@dataclass(frozen=True)
class RerankRows:
    """Questions with known answers, as batches of pairs for `RerankStep`."""

    asking: Asking
    answers: Sequence[str]
    memory: Memory
    words: Words
    seed: int

    def __len__(self) -> int:
        return len(self.asking)

    def names(self, rows: Int64[np.ndarray, " b"]) -> list[str]:
        """The questions of rows."""
        return [self.asking.questions[row] for row in rows]

    def batch(self, rows: Int64[np.ndarray, " b"], *, epoch: int) -> dict[str, Any]:
        """Pairs of each question with some of what was recalled for it, and whether its answer holds."""
        pairs = [
            (row, self.asking.recalled[row][place])
            for row in rows.tolist()  # each with a chance of its own, whoever shares its batch
            for place in np.random.default_rng((self.seed, epoch, row)).permutation(len(self.asking.recalled[row]))[
                :_PAIRS
            ]
        ]
        holds = [self.memory.items[found.item].supports(self.answers[row]) for row, found in pairs]
        return {**_inputs(self.asking, self.memory, self.words, pairs), "holds": torch.tensor(holds).float()}


class RerankStep(nn.Module):
    """Cross entropy of whether each piece of evidence holds."""

    def __init__(self, reranker: Reranker) -> None:
        super().__init__()
        self.reranker = reranker

    def forward(self, batch: dict[str, Any]) -> dict[str, Loss]:
        """The loss of a batch of `RerankRows` of all processes; chance knows how often evidence holds, nothing else."""
        logits = self.reranker(batch["asked"], batch["said"], batch["asked_images"], batch["said_images"])
        logits, holds = gather_rows(logits), gather_rows(batch["holds"])
        rate = holds.mean()
        chance = -torch.xlogy(rate, rate) - torch.xlogy(1 - rate, 1 - rate)
        return {"holds": Loss(functional.binary_cross_entropy_with_logits(logits.float(), holds), chance)}


def train_reranker(
    joint: JointSpace,
    memory: Memory,
    asking: Asking,
    answers: Sequence[str],
    *,
    held_out: tuple[Asking, Sequence[str]] | None = None,
    words: Words,
    folder: Path,
    key: str,
    epochs: int,
    seed: int,
    progress: ProgressCall | None = None,
) -> Reranker:
    """A re-ranker that has learned from questions with known answers; resumes as every stage does.

    Args:
        held_out: Questions of the split "val", to keep the best epoch by.
        key: Hash of everything that decides the run.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        reranker = Reranker(RerankerConfig(words=joint.text.config.model["hidden_size"], images=joint.width))
    step = RerankStep(reranker.to(processes().device))
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


@torch.inference_mode()
def rerank(reranker: Reranker, memory: Memory, asking: Asking, *, words: Words) -> list[Float[np.ndarray, " k"]]:
    """Log-odds that each recalled item holds, for each question."""
    pairs = [(row, found) for row, recalled in enumerate(asking.recalled) for found in recalled]
    lengths = [len(state) for state in words.of([memory.items[found.item].text for _, found in pairs])]
    order = np.argsort(lengths, kind="stable")  # little padding: most answers are far shorter than the longest
    flat = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _CHUNK):
        rows = order[start : start + _CHUNK]
        batch = to_device(_inputs(asking, memory, words, [pairs[row] for row in rows]), reranker.device)
        flat[rows] = reranker(**batch).float().cpu().numpy()
    ends = np.cumsum([0, *(len(recalled) for recalled in asking.recalled)])
    return [flat[start:end] for start, end in pairwise(ends)]


def _inputs(asking: Asking, memory: Memory, words: Words, pairs: Sequence[tuple[int, Recalled]]) -> dict[str, Any]:
    items = [memory.items[found.item] for _, found in pairs]
    return {
        "asked": words.of([asking.questions[row] for row, _ in pairs]),
        "said": words.of([item.text for item in items]),
        "asked_images": torch.from_numpy(asking.images[[row for row, _ in pairs]]),
        "said_images": torch.from_numpy(memory.images[[item.row for item in items]]),
    }


@torch.no_grad()
def _validate(step: RerankStep, rows: RerankRows) -> Validation:
    step.eval()
    loss = step(to_device(rows.batch(np.arange(len(rows)), epoch=0), step.reranker.device))["holds"]
    return Validation(-loss.value.item(), {"loss": loss.value.item(), "chance": loss.chance.item()})
