"""`Stem`: a modality at full, half and quarter resolution, the skips that keep borders sharp."""

from collections.abc import Sequence
from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.models.segmenter.convolutions import ConvBlock, InstanceNorm, convolution


class Stem(nn.Module):
    """Small convolutions of one modality's own: what differs most between modalities is how bright things are.

    Args:
        channels: Channels of the image.
        dims: 2 or 3.
        widths: Channels at each resolution, each half the one before.

    Example:
        >>> import torch
        >>> [tuple(x.shape) for x in Stem(1, dims=2, widths=(4, 8))(torch.zeros(1, 1, 8, 8))]
        [(1, 4, 8, 8), (1, 8, 4, 4)]
    """

    def __init__(self, channels: int, *, dims: int, widths: Sequence[int]) -> None:
        super().__init__()
        first = nn.Sequential(
            convolution(channels, widths[0], dims=dims), InstanceNorm(widths[0]), nn.LeakyReLU(0.01, inplace=True)
        )
        pairs = pairwise(widths)
        self.stages = nn.ModuleList([first, *(ConvBlock(a, b, dims=dims, stride=2) for a, b in pairs)])

    def forward(self, x: Float[Tensor, "b c ..."]) -> list[Float[Tensor, "b c ..."]]:
        """A map at each resolution, the finest first."""
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps
