"""`FilmDecoder`: a sentence scales and shifts the features of the image at every level."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.models.segmenter.convolutions import convolution, scaled_instance_norm
from lexiscope.models.segmenter.decoder import HEADS, Decoded, Decoder, join_levels


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
        self.skip = convolution(skip, n_out, dims=dims)
        self.deep = convolution(deep, n_out, dims=dims) if deep else None
        self.film = nn.Linear(text, 2 * n_out)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(
        self, skip: Float[Tensor, "b c ..."], below: Float[Tensor, "bk d ..."] | None, words: Float[Tensor, "b k t"]
    ) -> Float[Tensor, "bk c ..."]:
        """The features under each sentence, those of one image after each other."""
        k, y = words.shape[1], self.skip(skip)
        if self.deep is not None and below is not None:
            y = join_levels(y, self.deep(below), k)
        else:
            y = y.repeat_interleave(k, dim=0)
        scale, shift = self.film(words).flatten(0, 1).chunk(2, dim=1)  # (b * k, c)
        return functional.leaky_relu(scaled_instance_norm(y, 1 + scale, shift), 0.01)


class FilmDecoder(Decoder):
    """From the coarsest level to the finest, each level joined on the way and read under the sentences.

    Args:
        levels: Channels of each level, the finest first.
        widths: Channels of the features at each level but the coarsest, the finest first.
        dims: 2 or 3.
        text: Length of a sentence's vector.
    """

    def __init__(self, levels: Sequence[int], *, widths: Sequence[int], dims: int, text: int) -> None:
        super().__init__()
        self.first = FilmBlock(levels[-1], 0, levels[-1], dims=dims, text=text)
        below = [*widths[1:], levels[-1]]
        self.blocks = nn.ModuleList(
            FilmBlock(skip, deep, width, dims=dims, text=text)
            for skip, deep, width in zip(levels[:-1], below, widths, strict=True)
        )

    def forward(self, levels: Sequence[Float[Tensor, "b c ..."]], words: Float[Tensor, "b k t"]) -> Decoded:
        """Features of the masks; the sentences stay as they are, and the mask heads too."""
        x = self.first(levels[-1], None, words)
        made: list[Tensor] = []
        for skip, block in zip(reversed(levels[:-1]), reversed(list(self.blocks)), strict=True):
            x = block(skip, x, words)
            made.insert(0, x)
        return Decoded(tuple(made), tuple(x.new_zeros(x.shape[:2]) for x in made[:HEADS]), words)
