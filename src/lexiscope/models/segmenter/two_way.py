"""`TwoWayDecoder`: a sentence and the coarsest level attend to each other, then it goes up through the others."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.models.segmenter.convolutions import Pointwise, convolution
from lexiscope.models.segmenter.decoder import HEADS, Decoded, Decoder, join_levels
from lexiscope.models.segmenter.two_way_attention import TwoWayAttention


class UpBlock(nn.Module):
    """A level of the image joined with what came from below.

    Normalised over all channels together: what a sentence adds alike at all places would be gone after normalising each
    channel alone.

    Args:
        skip: Channels of the image's level.
        deep: Channels of what comes from below.
        n_out: Channels of the output.
        dims: 2 or 3.
    """

    def __init__(self, skip: int, deep: int, n_out: int, *, dims: int) -> None:
        super().__init__()
        self.skip = convolution(skip, n_out, dims=dims)
        self.deep = convolution(deep, n_out, dims=dims)
        self.norm = nn.GroupNorm(1, n_out)

    def forward(
        self, skip: Float[Tensor, "b c ..."], below: Float[Tensor, "bk d ..."], sentences: int
    ) -> Float[Tensor, "bk c ..."]:
        """The features under each sentence, those of one image after each other."""
        return functional.leaky_relu(self.norm(join_levels(self.skip(skip), self.deep(below), sentences)), 0.01)


class TwoWayDecoder(Decoder):
    """Decoder in the style of SAM's (https://arxiv.org/abs/2304.02643), on the levels that every decoder here has.

    An output token and the sentence attend to the coarsest level and it to them, in two layers. The level goes up
    through the finer ones, and small networks turn the output token into what it adds to the weights of each mask head;
    they start at zero, so that the plain head learns first. The output token also tells whether the structure is there.

    Args:
        levels: Channels of each level, the finest first.
        widths: Channels of the features at each level but the coarsest, the finest first.
        dims: 2 or 3.
        text: Length of a sentence's vector.
        attention: Width of the attention.
        heads: Heads of the attention.
    """

    def __init__(
        self,
        levels: Sequence[int],
        *,
        widths: Sequence[int],
        dims: int,
        text: int,
        attention: int = 128,
        heads: int = 8,
    ) -> None:
        super().__init__()
        self.output = nn.Parameter(torch.randn(attention))
        self.ask = nn.Sequential(nn.Linear(text, attention), nn.LayerNorm(attention))
        self.enter = Pointwise(levels[-1], attention)
        self.attention = TwoWayAttention(width=attention, heads=heads, dims=dims)
        self.leave = Pointwise(attention, levels[-1])
        below = [*widths[1:], levels[-1]]
        self.blocks = nn.ModuleList(
            UpBlock(skip, deep, width, dims=dims) for skip, deep, width in zip(levels[:-1], below, widths, strict=True)
        )
        self.kernels = nn.ModuleList(_Kernel(attention, width) for width in widths[:HEADS])
        self.tell = nn.Linear(attention, text)

    @property
    def calm_parts(self) -> tuple[nn.Module, ...]:
        """The attention, and what turns its token into weights: each of its steps moves a whole mask."""
        return (self.attention, self.kernels)

    def forward(self, levels: Sequence[Float[Tensor, "b c ..."]], words: Float[Tensor, "b k t"]) -> Decoded:
        """Features of the masks, what the output token adds to their heads, and the token."""
        b, k = words.shape[:2]
        asked = self.ask(words).flatten(0, 1)  # (b * k, d)
        tokens = torch.stack([self.output.expand_as(asked), asked], dim=1)
        tokens, image = self.attention(tokens, self.enter(levels[-1]).repeat_interleave(k, dim=0))
        x = levels[-1].repeat_interleave(k, dim=0) + self.leave(image)
        features: list[Tensor] = []
        for skip, block in zip(reversed(levels[:-1]), reversed(list(self.blocks)), strict=True):
            x = block(skip, x, k)
            features.insert(0, x)
        kernels = tuple(kernel(tokens[:, 0]) for kernel in self.kernels)
        return Decoded(tuple(features), kernels, self.tell(tokens[:, 0]).unflatten(0, (b, k)))


class _Kernel(nn.Sequential):
    """Network from the output token to weights of a mask head; it starts at zero."""

    def __init__(self, n_in: int, n_out: int) -> None:
        last = nn.Linear(n_in, n_out)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        super().__init__(nn.Linear(n_in, n_in), nn.ReLU(), last)
