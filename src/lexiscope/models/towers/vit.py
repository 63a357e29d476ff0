"""`ViT`: a small vision transformer from scratch, in 2-D or 3-D."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.core.errors import ModelError
from lexiscope.models.towers.block import Block
from lexiscope.models.towers.tower import Tower

_REFERENCE = 16.0  # positions run from 0 to here along each axis, whatever the number of patches


class ViT(Tower):
    """A vision transformer (https://arxiv.org/abs/2010.11929) on patches of any image size, with a class token.

    Positions are sines and cosines of where a patch lies relative to the whole image, so another resolution of the
    same field of view needs no retraining and nothing to interpolate.

    Args:
        channels: Channels of the input.
        spatial_dims: 2 for planes, 3 for volumes.
        patch: Side of a patch in pixels; the image is cut at the far edge to a multiple of it.
        width: Channels of every level; a multiple of `heads` and of twice `spatial_dims`.
        depth: Number of blocks.
        heads: Attention heads of each block.

    Example:
        >>> levels = ViT(channels=1, patch=4, width=12, depth=1, heads=2)(torch.zeros(1, 1, 8, 8))
        >>> [tuple(level.shape) for level in levels]
        [(1, 5, 12), (1, 5, 12), (1, 5, 12)]
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        spatial_dims: int = 2,
        patch: int = 16,
        width: int = 192,
        depth: int = 6,
        heads: int = 3,
    ) -> None:
        super().__init__()
        if width % heads or width % (2 * spatial_dims):
            msg = f"width of a ViT must be a multiple of heads ({heads}) and of {2 * spatial_dims}, got {width}"
            raise ModelError(msg)
        self.channels = channels
        self.spatial_dims, self.prefix, self.widths = spatial_dims, 1, (width,) * (depth + 2)
        self.patch = patch
        convolution = nn.Conv2d if spatial_dims == 2 else nn.Conv3d
        self.patches = convolution(channels, width, kernel_size=patch, stride=patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def block_list(self) -> nn.ModuleList:
        """Its blocks in their order."""
        return self.blocks

    def forward(self, x: Float[Tensor, "b c ..."], *, deepest: int | None = None) -> list[Float[Tensor, "b n d"]]:
        """depth + 2 levels: patches with positions, each block's output, the last one normalised."""
        return self.read(self.embed(x), deepest=deepest)

    def embed(self, x: Float[Tensor, "b c ..."]) -> Float[Tensor, "b n d"]:
        """The patches with their positions, in raster order.

        Raises:
            ModelError: the image is smaller than a patch.
        """
        if min(x.shape[2:]) < self.patch:
            msg = f"images for this ViT must measure at least {self.patch} along each axis, got {tuple(x.shape[2:])}"
            raise ModelError(f"{msg}; enlarge the view")
        x = self.patches(x)  # (b, d, *grid)
        places = grid_positions(tuple(x.shape[2:]), x.shape[1]).to(x)
        return x.flatten(2).transpose(1, 2) + places  # (b, n, d)

    def read(self, patches: Float[Tensor, "b n d"], *, deepest: int | None = None) -> list[Float[Tensor, "b m d"]]:
        """The levels of embedded patches, all or some of them (as in masked training); m = 1 + n."""
        x = torch.cat([self.class_token.expand(patches.shape[0], -1, -1), patches], dim=1)  # (b, 1 + n, d)
        levels = [x]
        for block in self.blocks[:deepest]:
            x = block(x)
            levels.append(x)
        return [*levels, self.norm(x)][: None if deepest is None else deepest + 1]


def grid_positions(grid: tuple[int, ...], width: int) -> Float[Tensor, "n d"]:
    """Sine and cosine codes of the places of a grid, an equal share of the channels for each axis.

    Example:
        >>> grid_positions((2, 3), 8).shape
        torch.Size([6, 8])
    """
    share = width // len(grid) // 2
    rates = torch.exp(-math.log(100.0) * torch.arange(share) / share)
    axes = [(torch.arange(n) + 0.5) / n * _REFERENCE for n in grid]
    places = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).view(-1, len(grid))  # (n, axes)
    angles = places[..., None] * rates  # (n, axes, share)
    codes = torch.cat([angles.sin(), angles.cos()], dim=-1).flatten(1)  # (n, axes * 2 * share)
    return nn.functional.pad(codes, (0, width - codes.shape[1]))
