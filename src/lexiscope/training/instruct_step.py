"""One step of instruction tuning: how unlikely are the right answers?"""

from typing import Any

import torch
from torch import nn

from lexiscope.models.assistant.assistant import Assistant
from lexiscope.training.objectives.pairs import Loss


class InstructStep(nn.Module):
    """Cross entropy of the answers' tokens, the mean over all tokens of the batch; questions and images are given.

    Args:
        chance: Loss of a model that knows how frequent each word is in answers, and nothing else.
    """

    def __init__(self, assistant: Assistant, *, chance: float) -> None:
        super().__init__()
        self.assistant = assistant
        self.register_buffer("chance", torch.tensor(chance), persistent=False)
        self.chance: torch.Tensor

    def forward(self, batch: dict[str, Any]) -> dict[str, Loss]:
        """The loss of a batch: "seen", "prompts" and "answers" as `Assistant.forward` takes them."""
        likely, tokens = self.assistant(batch["seen"], batch["prompts"], batch["answers"])
        return {"answer": Loss(-likely.sum() / tokens.sum(), self.chance)}
