"""`AlignStep`: the module that the loop trains: a batch of images and texts to losses."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.models.head import unit_members
from lexiscope.models.joint import JointSpace
from lexiscope.training.align.gradient_caching import encode_in_chunks
from lexiscope.training.objectives import Loss, PairedEmbeddings
from lexiscope.training.objectives.supcon import SupCon


class AlignStep(nn.Module):
    """A joint space with the objective that trains it.

    Args:
        space: The joint space.
        objective: Loss on pairs of images and texts, of `OBJECTIVES`.
        kept: Batches hold kept features instead of pixels and words.
        chunk: Rows that go through the towers at once (`encode_in_chunks`); None for all.
        labels: Loss on the images alone, beside the objective.
    """

    def __init__(
        self,
        space: JointSpace,
        objective: nn.Module,
        *,
        kept: bool,
        chunk: int | None = None,
        labels: SupCon | None = None,
    ) -> None:
        super().__init__()
        self.space, self.objective, self.labels = space, objective, labels
        self.kept, self.chunk = kept, chunk

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """Losses of the objective, the mean over the heads' members, and those of the labels beside them.

        Args:
            batch: Batch of `AlignRows.batch`.
        """
        vectors, present = self._project_images(batch["images"], batch["present"])  # (n, m, d), (n, m)
        images = self._unit(vectors, present)  # (n, d)
        texts = self.embed_texts(batch["texts"])  # (m, d)
        keys = {name: batch[name] for name in ("image_case", "text_case", "image_group", "text_group", "text_key")}
        scale, bias = self.space.scale, self.space.logit_bias
        members = zip(self.space.split_members(images), self.space.split_members(texts), strict=True)
        by_member = [
            self.objective(PairedEmbeddings(image, text, **keys, scale=scale, bias=bias)) for image, text in members
        ]
        losses = {name: _mean([losses[name] for losses in by_member]) for name in by_member[0]}
        if self.labels is None:
            return losses
        alone = unit_members(vectors, self.space.members)
        return losses | self.labels(alone, present, images, label=batch["label"], group=batch["image_group"])

    def image_features(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Features of each branch, as the batch holds them or from its pixels."""
        return images if self.kept else self.space.image_features(images, present)

    def _unit(self, vectors: Float[Tensor, "n m d"], present: Bool[Tensor, "n m"]) -> Float[Tensor, "n d"]:
        return unit_members(vectors.sum(dim=1) / present.sum(dim=1, keepdim=True), self.space.members)

    def _project_images(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> tuple[Float[Tensor, "n m d"], Bool[Tensor, "n m"]]:
        """Vectors of each branch from its head, and the mask of branches that are present."""
        if self.kept:
            return self.space.image.project(images, present)

        def encode(rows: Tensor) -> Tensor:
            of_rows = {name: mask[rows] for name, mask in present.items()}
            features = self.space.image_features({name: x[rows] for name, x in images.items()}, of_rows)
            vectors, masks = self.space.image.project(features, of_rows)
            return torch.cat([vectors, masks[..., None].to(vectors.dtype)], dim=-1)  # one tensor, to be cut in chunks

        rows = torch.arange(len(next(iter(images.values()))))
        packed = encode_in_chunks(encode, rows, chunk=self.chunk)  # (n, m, d + 1)
        return packed[..., :-1], packed[..., -1] > 0

    def embed_texts(self, texts: Tensor | list[str]) -> Float[Tensor, "m d"]:
        """Unit vectors of texts, from features or words as the batch holds them."""
        if isinstance(texts, Tensor):
            return self.space.project_texts(texts)
        return encode_in_chunks(self.space.embed_texts, texts, chunk=self.chunk)


def _mean(losses: list[Loss]) -> Loss:
    values, chance_levels = zip(*losses, strict=True)
    return Loss(torch.stack(values).mean(), torch.stack(chance_levels).mean())
