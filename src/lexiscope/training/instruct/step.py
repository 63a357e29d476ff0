"""`InstructStep`: the negative log-likelihood of the right answers."""

from typing import Any

import numpy as np
import torch
from torch import nn

from lexiscope.features.processes import process_state
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.training.instruct.rows import InstructRows
from lexiscope.training.loop.loop import Validation
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss


class InstructStep(nn.Module):
    """Cross entropy of the answers' tokens, the mean over all tokens of the batch; questions and images are given.

    Args:
        assistant: The assistant that trains.
        chance: Chance level: loss of a model that knows how frequent each word is in answers, and nothing else.
    """

    def __init__(self, assistant: Assistant, *, chance: float) -> None:
        super().__init__()
        self.assistant = assistant
        self.register_buffer("chance", torch.tensor(chance), persistent=False)
        self.chance: torch.Tensor

    def forward(self, batch: dict[str, Any]) -> dict[str, Loss]:
        """Loss of a batch of all processes: "seen", "prompts" and "answers" as `Assistant.forward` takes them."""
        likely, tokens = map(gather_rows, self.assistant(batch["seen"], batch["prompts"], batch["answers"]))
        return {"answer": Loss(-likely.sum() / tokens.sum(), self.chance)}


@torch.no_grad()
def validate_answers(step: InstructStep, rows: InstructRows, *, batch: int) -> Validation:
    """Loss a token on held-out examples, the likelihood of a whole answer, and the score of the epoch.

    The score is the mean over examples of the log-likelihood a token: one long answer must not outweigh many short
    ones.

    Args:
        step: Step around the assistant.
        rows: Held-out rows.
        batch: Rows at once.
    """
    step.eval()
    device = process_state().device
    likely, tokens = [], []
    order = sorted(range(len(rows)), key=lambda row: len(rows.examples[row].answer))  # little padding
    for start in range(0, len(order), batch):
        given = rows.batch(np.array(order[start : start + batch]), epoch=0)
        sums, counts = step.assistant(given["seen"].to(device), given["prompts"], given["answers"])
        likely.append(sums.cpu())
        tokens.append(counts.cpu())
    sums, counts = torch.cat(likely), torch.cat(tokens)
    loss = float(-sums.sum() / counts.sum())
    metrics = {"loss": loss, "chance": float(step.chance), "answer_likelihood": float(sums.exp().mean())}
    return Validation(float((sums / counts).mean()), metrics)
