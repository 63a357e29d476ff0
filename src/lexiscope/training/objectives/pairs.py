"""`PairedEmbeddings`: embeddings of images and texts, and which of them belong together, must part, or are left
alone."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from lexiscope.training.objectives.gather import gather_rows


@dataclass(frozen=True)
class PairedEmbeddings:
    """A batch of n images and m texts, any number of texts per image.

    Keys are integers that stand for a case, a group or a text; equal keys mean the same thing, on every process.

    Args:
        images: Unit rows.
        texts: Unit rows in the same space.
        image_case: The case of each image.
        text_case: The case of each text.
        image_group: The patient, paper or specimen of each image.
        text_group: The patient, paper or specimen of each text.
        text_key: What each text says: equal for identical words.
        scale: Multiplies the similarities (the inverse of CLIP's temperature).
        bias: Is added to them; only a loss on single pairs notices it.
    """

    images: Float[Tensor, "n d"]
    texts: Float[Tensor, "m d"]
    image_case: Int64[Tensor, " n"]
    text_case: Int64[Tensor, " m"]
    image_group: Int64[Tensor, " n"]
    text_group: Int64[Tensor, " m"]
    text_key: Int64[Tensor, " m"]
    scale: Float[Tensor, ""]
    bias: Float[Tensor, ""]

    def gathered(self) -> "PairedEmbeddings":
        """The global batch: the rows of every process, in the order of the processes; itself on one process."""
        rows = ("images", "texts", "image_case", "text_case", "image_group", "text_group", "text_key")
        return replace(self, **{name: gather_rows(getattr(self, name)) for name in rows})

    def logits(self) -> Float[Tensor, "n m"]:
        """Scaled similarity of every image with every text, in float32 whatever the towers computed in."""
        return self.scale.float() * (self.images.float() @ self.texts.float().T) + self.bias.float()

    def positive(self) -> Bool[Tensor, "n m"]:
        """Whether text j describes image i: one of its case's own texts, or the same words as one of them."""
        own = self.image_case[:, None] == self.text_case[None, :]  # (n, m)
        words, column = torch.unique(self.text_key, return_inverse=True)  # (u,), (m,)
        says = own.new_zeros(len(own), len(words), dtype=torch.float32)  # (n, u)
        return says.index_add_(1, column, own.float())[:, column] > 0  # (n, m)

    def same_group(self) -> Bool[Tensor, "n m"]:
        """Whether image i and text j come from one patient, paper or specimen, so that j may well describe i too."""
        return self.image_group[:, None] == self.text_group[None, :]
