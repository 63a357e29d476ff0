"""`Decoder`: the interface of what turns levels of an image into features of a mask, under the vector of a sentence."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

HEADS = 3  # levels that have a mask head, from the finest on: the coarser ones only train


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder says of the images of b cases under k sentences each; those of one image after each other.

    Args:
        features: Features at each level but the coarsest, the finest first, each `(b * k, c, ...)`.
        kernels: What each sentence adds to the weights of the mask heads, one of each of the first `HEADS` levels,
            `(b * k, c)`.
        words: The sentences after they met the image; what the presence head reads beside the image.
    """

    features: tuple[Float[Tensor, "bk c ..."], ...]
    kernels: tuple[Float[Tensor, "bk c"], ...]
    words: Float[Tensor, "b k t"]


class Decoder(nn.Module, ABC):
    """Interface of a decoder."""

    @property
    def calm_parts(self) -> tuple[nn.Module, ...]:
        """Parts that need a smaller learning rate than convolutions."""
        return ()

    @abstractmethod
    def forward(self, levels: Sequence[Float[Tensor, "b c ..."]], words: Float[Tensor, "b k t"]) -> Decoded:
        """Features of the masks, from the coarsest level to the finest.

        Args:
            levels: Levels of the image, the finest first.
            words: Vectors of the sentences.
        """


def join_levels(
    skip: Float[Tensor, "b c ..."], below: Float[Tensor, "bk c ..."], sentences: int
) -> Float[Tensor, "bk c ..."]:
    """A level of each image added to what came from below under each sentence, which is brought to its grid.

    Args:
        skip: Level of the images, convolved once for all sentences.
        below: Features of a coarser grid, those of one image after each other.
        sentences: Number k of sentences an image.

    Example:
        >>> import torch
        >>> join_levels(torch.ones(1, 2, 4, 4), torch.ones(3, 2, 2, 2), 3).unique().item()
        2.0
    """
    mode = "bilinear" if skip.ndim == 4 else "trilinear"
    grown = functional.interpolate(below, size=skip.shape[2:], mode=mode, align_corners=False)
    return (skip[:, None] + grown.unflatten(0, (-1, sentences))).flatten(0, 1)
