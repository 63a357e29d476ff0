"""`CNN`: a small residual network from scratch, in 2-D or 3-D."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.models.towers.tower import Tower

_GROUPS = 8


class CNN(Tower):
    """Residual stages (https://arxiv.org/abs/1512.03385), each halving the image, with GroupNorm.

    GroupNorm does not mix cases, so a batch of one trains and any case may be missing.

    Args:
        channels: Channels of the input.
        spatial_dims: 2 for planes, 3 for volumes.
        stages: Channels of each stage, each a multiple of 8; a level after each.

    Example:
        >>> import torch
        >>> [tuple(level.shape) for level in CNN(channels=1, stages=(8, 16))(torch.zeros(2, 1, 8, 8))]
        [(2, 16, 8), (2, 4, 16)]
    """

    def __init__(self, *, channels: int = 3, spatial_dims: int = 2, stages: Sequence[int] = (32, 64, 128, 256)) -> None:
        super().__init__()
        self.channels = channels
        self.spatial_dims, self.prefix, self.widths = spatial_dims, 0, tuple(stages)
        before = (channels, *stages[:-1])
        self.stages = nn.ModuleList(
            _Residual(n_in, n_out, spatial_dims=spatial_dims) for n_in, n_out in zip(before, stages, strict=True)
        )

    def forward(self, x: Float[Tensor, "b c ..."], *, deepest: int | None = None) -> list[Float[Tensor, "b n d"]]:
        """A level after each stage, places in raster order."""
        levels = []
        for stage in self.stages[: None if deepest is None else deepest + 1]:
            x = stage(x)  # (b, d, *grid)
            levels.append(x.flatten(2).transpose(1, 2))  # (b, n, d)
        return levels


class _Residual(nn.Module):
    def __init__(self, n_in: int, n_out: int, *, spatial_dims: int) -> None:
        super().__init__()
        convolution = nn.Conv2d if spatial_dims == 2 else nn.Conv3d
        self.change = nn.Sequential(
            convolution(n_in, n_out, 3, stride=2, padding=1, bias=False),
            nn.GroupNorm(_GROUPS, n_out),
            nn.GELU(),
            convolution(n_out, n_out, 3, padding=1, bias=False),
            nn.GroupNorm(_GROUPS, n_out),
        )
        self.keep = convolution(n_in, n_out, 1, stride=2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.gelu(self.change(x) + self.keep(x))
