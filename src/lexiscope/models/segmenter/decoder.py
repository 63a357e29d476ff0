"""`Decoder`: levels of an image and the vector of a sentence -> features of the mask, at each resolution."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.models.segmenter.convolutions import InstanceNorm, convolution


class FilmBlock(nn.Module):
    """A convolution whose normalised output is scaled and shifted by a sentence (FiLM, https://arxiv.org/abs/1709.07871).

    The map from sentence to scale and shift starts at zero: before training, every sentence gives the same.

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output.
        dims: 2 or 3.
        text: Length of a sentence's vector.
    """

    def __init__(self, n_in: int, n_out: int, *, dims: int, text: int) -> None:
        super().__init__()
        self.convolution = convolution(n_in, n_out, dims=dims)
        self.norm = InstanceNorm(n_out)
        self.film = nn.Linear(text, 2 * n_out)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(self, x: Float[Tensor, "b c ..."], text: Float[Tensor, "b d"]) -> Float[Tensor, "b c ..."]:
        """The features under the sentence."""
        y = self.norm(self.convolution(x))
        scale, shift = self.film(text).view(len(text), 2, -1, *[1] * (x.ndim - 2)).unbind(1)
        return functional.leaky_relu(y * (1 + scale) + shift, 0.01)


class Decoder(nn.Module):
    """From the coarsest level to the finest, each level joined on the way and read under the sentence.

    Args:
        levels: Channels of each level, the finest first.
        widths: Channels of the features at each level but the coarsest, the finest first.
        dims: 2 or 3.
        text: Length of a sentence's vector.
    """

    def __init__(self, levels: Sequence[int], *, widths: Sequence[int], dims: int, text: int) -> None:
        super().__init__()
        self.mode = "bilinear" if dims == 2 else "trilinear"
        self.widths = tuple(widths)
        self.first = FilmBlock(levels[-1], levels[-1], dims=dims, text=text)
        below = [*widths[1:], levels[-1]]
        self.blocks = nn.ModuleList(
            FilmBlock(skip + deep, width, dims=dims, text=text)
            for skip, deep, width in zip(levels[:-1], below, widths, strict=True)
        )

    def forward(
        self, levels: Sequence[Float[Tensor, "b c ..."]], text: Float[Tensor, "b d"]
    ) -> list[Float[Tensor, "b c ..."]]:
        """Features at each level but the coarsest, the finest first."""
        x = self.first(levels[-1], text)
        made = []
        for skip, block in zip(reversed(levels[:-1]), reversed(list(self.blocks)), strict=True):
            grown = functional.interpolate(x, size=skip.shape[2:], mode=self.mode, align_corners=False)
            x = block(torch.cat([skip, grown], dim=1), text)
            made.append(x)
        return made[::-1]
