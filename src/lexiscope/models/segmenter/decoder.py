"""`Decoder`: levels of an image and the vector of a sentence -> features of the mask, at each resolution."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.models.segmenter.convolutions import convolution, scaled_instance_norm


class FilmBlock(nn.Module):
    """A level of the decoder: what the image shows there and what came from below, read under a sentence.

    The image is convolved once for all sentences, and what comes from below before it is brought to the finer grid: a
    further sentence costs a fraction of the first. The sum is normalised, scaled and shifted by the sentence (FiLM,
    https://arxiv.org/abs/1709.07871). The map from sentence to scale and shift starts at zero: before training, every
    sentence gives the same.

    Args:
        skip: Channels of the image's level.
        deep: Channels of what comes from below; 0 for the coarsest level.
        n_out: Channels of the output.
        dims: 2 or 3.
        text: Length of a sentence's vector.
    """

    def __init__(self, skip: int, deep: int, n_out: int, *, dims: int, text: int) -> None:
        super().__init__()
        self.mode = "bilinear" if dims == 2 else "trilinear"
        self.skip = convolution(skip, n_out, dims=dims)
        self.deep = convolution(deep, n_out, dims=dims) if deep else None
        self.film = nn.Linear(text, 2 * n_out)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(
        self, skip: Float[Tensor, "b c ..."], below: Float[Tensor, "bk d ..."] | None, text: Float[Tensor, "b k t"]
    ) -> Float[Tensor, "bk c ..."]:
        """The features under each sentence, those of one image after each other."""
        b, k = text.shape[:2]
        y = self.skip(skip)[:, None].expand(-1, k, *[-1] * (skip.ndim - 1))
        if self.deep is not None and below is not None:
            grown = functional.interpolate(self.deep(below), size=skip.shape[2:], mode=self.mode, align_corners=False)
            y = y + grown.unflatten(0, (b, k))
        scale, shift = self.film(text).unflatten(2, (2, -1)).unbind(2)  # (b, k, c)
        normed = scaled_instance_norm(y.flatten(0, 1), 1 + scale.flatten(0, 1), shift.flatten(0, 1))
        return functional.leaky_relu(normed, 0.01)


class Decoder(nn.Module):
    """From the coarsest level to the finest, each level joined on the way and read under the sentences.

    Args:
        levels: Channels of each level, the finest first.
        widths: Channels of the features at each level but the coarsest, the finest first.
        dims: 2 or 3.
        text: Length of a sentence's vector.
    """

    def __init__(self, levels: Sequence[int], *, widths: Sequence[int], dims: int, text: int) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.first = FilmBlock(levels[-1], 0, levels[-1], dims=dims, text=text)
        below = [*widths[1:], levels[-1]]
        self.blocks = nn.ModuleList(
            FilmBlock(skip, deep, width, dims=dims, text=text)
            for skip, deep, width in zip(levels[:-1], below, widths, strict=True)
        )

    def forward(
        self, levels: Sequence[Float[Tensor, "b c ..."]], text: Float[Tensor, "b k t"]
    ) -> list[Float[Tensor, "bk c ..."]]:
        """Features at each level but the coarsest, the finest first; sentences of one image after each other."""
        x = self.first(levels[-1], None, text)
        made = []
        for skip, block in zip(reversed(levels[:-1]), reversed(list(self.blocks)), strict=True):
            x = block(skip, x, text)
            made.append(x)
        return made[::-1]
