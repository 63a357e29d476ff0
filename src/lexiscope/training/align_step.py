"""`AlignStep`: the module that the loop trains; a batch of images and texts to losses."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.models.joint import JointSpace
from lexiscope.training.chunks import encode_in_chunks
from lexiscope.training.objectives import Loss, Pairs


class AlignStep(nn.Module):
    """A joint space with what it is trained by.

    Args:
        kept: Batches hold features instead of pixels and words.
        chunk: Rows that go through the towers at once (`encode_in_chunks`); None for all.
    """

    def __init__(self, space: JointSpace, objective: nn.Module, *, kept: bool, chunk: int | None = None) -> None:
        super().__init__()
        self.space, self.objective = space, objective
        self.kept, self.chunk = kept, chunk

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """Losses of the objective, the mean over the heads' members.

        Args:
            batch: As `AlignRows.batch` gives it.
        """
        images = self.embed_images(batch["images"], batch["present"])  # (n, d)
        texts = self.embed_texts(batch["texts"])  # (m, d)
        keys = {name: batch[name] for name in ("image_case", "text_case", "image_group", "text_group", "text_key")}
        scale, bias = self.space.scale, self.space.logit_bias
        members = zip(self.space.split_members(images), self.space.split_members(texts), strict=True)
        found = [self.objective(Pairs(image, text, **keys, scale=scale, bias=bias)) for image, text in members]
        return {name: _mean([losses[name] for losses in found]) for name in found[0]}

    def embed_images(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Float[Tensor, "n d"]:
        """Unit vectors of cases from what the batch holds of them."""
        if self.kept:
            return self.space.project_images(images, present)

        def encode(rows: Tensor) -> Tensor:
            part = {name: x[rows] for name, x in images.items()}
            return self.space.embed_images(part, {name: there[rows] for name, there in present.items()})

        rows = torch.arange(len(next(iter(images.values()))))
        return encode_in_chunks(encode, rows, chunk=self.chunk)

    def embed_texts(self, texts: Tensor | list[str]) -> Float[Tensor, "m d"]:
        """Unit vectors of texts from what the batch holds of them."""
        if isinstance(texts, Tensor):
            return self.space.project_texts(texts)
        return encode_in_chunks(self.space.embed_texts, texts, chunk=self.chunk)


def _mean(losses: list[Loss]) -> Loss:
    values, chances = zip(*losses, strict=True)
    return Loss(torch.stack(values).mean(), torch.stack(chances).mean())
