"""`PairedEmbeddings`: embeddings of images and texts, with keys that say which of them belong together."""

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
        images: Embeddings of the images, unit rows.
        texts: Embeddings of the texts, unit rows in the same space.
        image_case: Key of each image's case.
        text_case: Key of each text's case.
        image_group: Key of the patient, paper or specimen of each image.
        text_group: Key of the patient, paper or specimen of each text.
        text_key: Key of each text's words: equal for identical words.
        scale: Factor of the similarities (the inverse of CLIP's temperature).
        bias: Summand of the similarities; only a loss on single pairs notices it.
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
        """Mask of pairs whose text describes the image: a text of its own case, or the same words as one."""
        own = self.image_case[:, None] == self.text_case[None, :]  # (n, m)
        words, column = torch.unique(self.text_key, return_inverse=True)  # (u,), (m,)
        says = own.new_zeros(len(own), len(words), dtype=torch.float32)  # (n, u)
        return says.index_add_(1, column, own.float())[:, column] > 0  # (n, m)

    def same_group(self) -> Bool[Tensor, "n m"]:
        """Mask of pairs from one patient, paper or specimen: their text may well describe the image too."""
        return self.image_group[:, None] == self.text_group[None, :]
