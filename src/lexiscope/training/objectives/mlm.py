"""Masked language modelling: hidden word pieces are guessed from those around them (https://arxiv.org/abs/1810.04805)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.models.text import TextTower
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs


class Mlm(nn.Module):
    """Hidden word pieces are guessed from those around them; guesses go through the tower's own word embeddings.

    Args:
        tower: Text tower that learns; its embeddings serve the guesses too, as in BERT.
        frequency: Number of times that each word piece occurs in the texts trained on; guessing by it alone gives the
            chance level (every piece counted once more, so that none is impossible).
    """

    needs: ClassVar[Needs] = Needs(
        texts="one or more; images are not looked at",
        chance="mean of -ln(frequency of the hidden word piece)",
    )

    frequency: Tensor

    def __init__(self, tower: TextTower, *, frequency: Float[Tensor, " v"]) -> None:
        super().__init__()
        self.tower = tower
        width = tower.model.config.hidden_size
        self.change = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(len(frequency)))
        self.register_buffer("frequency", (frequency + 1) / (frequency + 1).sum())

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """Mean cross entropy of the hidden pieces of the global batch.

        Args:
            batch: Batch of `TextRows.batch`: "ids" (b, n), "mask" (b, n), "target" (b, n) with -100 where a piece is
                not guessed.
        """
        out = self.tower.model(input_ids=batch["ids"], attention_mask=batch["mask"]).last_hidden_state  # (b, n, d)
        target = batch["target"]
        hidden = target != -100  # (b, n)
        words = self.tower.model.get_input_embeddings().weight  # (v, d)
        guesses = self.change(out[hidden]) @ words.T + self.bias  # (a, v)
        cost = functional.cross_entropy(guesses.float(), target[hidden], reduction="none")  # (a,)
        blind = -self.frequency[target[hidden]].log()  # (a,)
        row = hidden.nonzero()[:, 0]
        per_row = torch.stack(
            [cost.new_zeros(len(target)).index_add(0, row, x) for x in (cost, blind)], dim=1
        )  # (b, 2)
        total = gather_rows(per_row).sum(dim=0)  # (2,)
        count = gather_rows(hidden.sum(dim=1)).sum().clamp(min=1)
        return {"words": Loss(total[0] / count, total[1].detach() / count)}
