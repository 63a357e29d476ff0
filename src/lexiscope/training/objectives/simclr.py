"""SimCLR: two augmented variants of a case find each other in the batch (https://arxiv.org/abs/2002.05709)."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import torch
from torch import nn

from lexiscope.models.encoder import Encoder
from lexiscope.training.objectives.augmented_variants import encode_variants
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs
from lexiscope.training.objectives.nt_xent import nt_xent
from lexiscope.training.objectives.projector import Projector


class SimClr(nn.Module):
    """Two augmented variants of a case find each other among all of the batch.

    A variant shows a random subset of the case's modalities, so variants of several modalities also learn what these
    share. Each branch has its own projector; a variant's vector is their mean, as late fusion averages.

    Args:
        temperature: τ of `nt_xent`; lower sharpens.
        width: Width of the projectors.
    """

    needs: ClassVar[Needs] = Needs(
        images="one modality or more, any missing",
        batch="8 cases or more, of several groups",
        chance="mean of ln(candidates)",
    )
    options: ClassVar[tuple[str, ...]] = ("temperature", "width")
    variants: ClassVar[int] = 2
    tower: ClassVar[tuple[str, Mapping[str, Any]]] = ("cnn", {"stages": (16, 32, 64, 128, 256)})
    modality_dropout: ClassVar[float] = 0.5

    def __init__(self, encoder: Encoder, *, temperature: float = 0.1, width: int = 256) -> None:
        super().__init__()
        self.encoder = encoder
        self.temperature = temperature
        self.projectors = nn.ModuleList(Projector(encoder.feature_width(name), width) for name in encoder.branches)

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """The loss over the global batch.

        Args:
            batch: Batch of `PretrainRows.batch`.
        """
        seen = encode_variants(self.encoder, batch)
        projected = [
            cast("Projector", projector).of_some(seen[name].features, seen[name].present)
            for name, projector in zip(self.encoder.branches, self.projectors, strict=True)
            if name in seen
        ]
        vectors = torch.stack(projected).sum(dim=0)  # (n, 2, d); a sum has the direction of a mean
        group = gather_rows(batch["group"])
        loss = nt_xent(vectors[:, 0], vectors[:, 1], temperature=self.temperature, group=group)
        return {"variants": loss}
