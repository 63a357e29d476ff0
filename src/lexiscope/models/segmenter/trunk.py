"""Trunks: what reads an image beyond the stem's quarter resolution; `build_trunk` makes one of the two kinds.

A trunk's forward takes the stem's last map `(b, c, ...)` and the image itself, and gives further maps, each coarser
than the one before. "cnn" goes on from the stem with convolutions of its own; "tower" reads the image with a pretrained
tower, frozen or not, and brings its levels onto the stem's grid.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.core.errors import ModelError
from lexiscope.models.segmenter.convolutions import ConvBlock, InstanceNorm
from lexiscope.models.segmenter.tower_tuning import let_train
from lexiscope.models.towers import Tower, build_tower


class Trunk(nn.Module, ABC):
    """Interface of a trunk.

    Attributes:
        widths: Channels of each map it gives, from the finest to the coarsest.
        tower: The pretrained tower within; None without one.
        keeps_tokens: The tower is frozen, so that its answers may be computed once and kept.
    """

    widths: tuple[int, ...]
    tower: Tower | None
    keeps_tokens: bool

    @abstractmethod
    def forward(
        self, quarter: Float[Tensor, "b c ..."], image: Float[Tensor, "b c ..."], tokens: Tensor | None = None
    ) -> list[Float[Tensor, "b c ..."]]:
        """Maps coarser than `quarter`, the finest first.

        Args:
            quarter: The stem's last map.
            image: The prepared image.
            tokens: What a frozen tower says of the image (`TowerTrunk.read`), on any grid; None computes it.
        """


class ConvTrunk(Trunk):
    """Convolutions that halve the grid again and again.

    Args:
        n_in: Channels of the stem's last map.
        dims: 2 or 3.
        widths: Channels of each map.
    """

    def __init__(self, *, n_in: int, dims: int, widths: Sequence[int] = (128, 160)) -> None:
        super().__init__()
        self.widths, self.tower, self.keeps_tokens = tuple(widths), None, False
        before = (n_in, *widths[:-1])
        self.stages = nn.ModuleList(ConvBlock(a, b, dims=dims, stride=2) for a, b in zip(before, widths, strict=True))

    def forward(self, quarter: Tensor, image: Tensor, tokens: Tensor | None = None) -> list[Tensor]:
        """A map after each stage."""
        del image, tokens
        maps, x = [], quarter
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class TowerTrunk(Trunk):
    """Levels of a tower for planes, projected and laid onto the grids after the stem's.

    Args:
        n_in: Channels of the stem's last map; it does not go into the tower.
        dims: 2.
        tower: Settings of the tower (`towers.build_tower`).
        levels: Levels of the tower that are read, shared out over the maps in order: the shallowest to the finest.
        tile: Side in pixels of the square parts that a whole image is read in.
        squeeze: Times that side up to which an image is read as one part, since what a thing is, its surroundings tell.
        size: Side in pixels to which such a part is brought before the tower reads it.
        widths: Channels of each map.
        learns: Layers of the tower that train (`tower_tuning`); none leaves it frozen.
        rank: Rank of the adapter that trains beside these layers in their place; 0 trains the layers themselves.
    """

    def __init__(
        self,
        *,
        n_in: int,
        dims: int,
        tower: dict[str, Any],
        levels: Sequence[int] = (3, 6, 9),
        tile: int = 192,
        squeeze: int = 1,
        size: int = 168,
        widths: Sequence[int] = (96, 128),
        learns: Sequence[str] = (),
        rank: int = 0,
    ) -> None:
        super().__init__()
        del n_in, dims
        self.widths, self.levels = tuple(widths), tuple(levels)
        self.tile, self.squeeze, self.size = tile, squeeze, size
        self.tower = build_tower(tower).requires_grad_(False)
        self.keeps_tokens = not learns
        let_train(self.tower, learns, rank)
        self.shares = [list(part) for part in _shared_out(len(levels), len(widths))]
        self.sizes = [self.tower.widths[level] for level in self.levels]
        self.project = nn.ModuleList(
            _Projection(sum(self.sizes[i] for i in share), width)
            for share, width in zip(self.shares, widths, strict=True)
        )

    def train(self, mode: bool = True) -> "TowerTrunk":
        """The tower stays in eval mode, one that trains too: windows are too few for statistics of a batch."""
        super().train(mode)
        assert self.tower is not None
        self.tower.eval()
        return self

    def forward(self, quarter: Tensor, image: Tensor, tokens: Tensor | None = None) -> list[Tensor]:
        """A map for each share of the levels."""
        read = (self.read(image) if tokens is None else tokens).to(quarter.dtype).split(self.sizes, dim=1)
        maps = []
        for number, (share, project) in enumerate(zip(self.shares, self.project, strict=True)):
            joined = project(torch.cat([read[i] for i in share], dim=1))
            size = [max(1, -(-side // 2 ** (number + 1))) for side in quarter.shape[2:]]
            maps.append(functional.interpolate(joined, size=size, mode="bilinear", align_corners=False))
        return maps

    def tile_of(self, shape: Sequence[int]) -> int:
        """Side in pixels of the parts that a whole image (y, x) is read in."""
        side = max(shape)
        return side if self.tile < side <= self.squeeze * self.tile else self.tile

    def read(self, image: Float[Tensor, "b c y x"]) -> Float[Tensor, "b d g h"]:
        """The levels side by side as channels, on the grid of the middle one, without class and register tokens.

        A part that is smaller than a tile is read as a corner of one, its last rows and columns going on: things have
        the size that they had in training, and no side is squeezed.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.keeps_tokens):
            return self._read(image)

    def _read(self, image: Float[Tensor, "b c y x"]) -> Float[Tensor, "b d g h"]:
        assert self.tower is not None
        y, x = image.shape[2:]
        tile = max(self.tile, y, x)
        square = (
            functional.pad(image, (0, tile - x, 0, tile - y), mode="replicate") if (y, x) != (tile, tile) else image
        )
        square = functional.interpolate(square, size=(self.size, self.size), mode="bicubic", align_corners=False)
        square = square.expand(-1, self.tower.channels, -1, -1) if square.shape[1] == 1 else square
        read = self.tower(square, deepest=max(self.levels))
        maps = [_as_map(read[level][:, self.tower.prefix :]) for level in self.levels]
        grid = maps[len(maps) // 2].shape[2:]
        fitted = [functional.interpolate(x, size=grid, mode="area") if x.shape[2:] != grid else x for x in maps]
        return _corner(torch.cat(fitted, dim=1), y / tile, x / tile)


def _corner(tokens: Float[Tensor, "b d g g"], y: float, x: float) -> Float[Tensor, "b d n m"]:
    """The first part of a map along each axis, y and x being the shares of it; tokens about as dense as they were."""
    if (y, x) == (1.0, 1.0):
        return tokens
    sides = [max(1, round(share * side)) for share, side in zip((y, x), tokens.shape[2:], strict=True)]
    matrix = tokens.new_tensor([[x, 0.0, x - 1], [0.0, y, y - 1]]).expand(len(tokens), -1, -1)
    grid = functional.affine_grid(matrix, [*tokens.shape[:2], *sides], align_corners=False)
    return functional.grid_sample(tokens, grid, padding_mode="border", align_corners=False)


def _as_map(tokens: Float[Tensor, "b n d"]) -> Float[Tensor, "b d g g"]:
    side = round(tokens.shape[1] ** 0.5)
    return tokens.transpose(1, 2).unflatten(2, (side, side))


class _Projection(nn.Sequential):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(nn.Conv2d(n_in, n_out, 1, bias=False), InstanceNorm(n_out), nn.LeakyReLU(0.01, inplace=True))


def _shared_out(n: int, parts: int) -> list[range]:
    """n levels over some parts, in order, each part at least one where there are enough.

    Example:
        >>> _shared_out(3, 2)
        [range(0, 1), range(1, 3)]
    """
    edges = [round(part * n / parts - 1e-9) for part in range(parts + 1)]
    return [range(max(0, min(a, n - 1)), max(b, a + 1)) for a, b in pairwise(edges)]


_KINDS: Mapping[str, type[ConvTrunk | TowerTrunk]] = {"cnn": ConvTrunk, "tower": TowerTrunk}


def build_trunk(settings: Mapping[str, Any], *, n_in: int, dims: int) -> Trunk:
    """A trunk with random weights from its settings, `{"kind": "cnn" or "tower", ...}`.

    Args:
        settings: Kind and settings of the trunk.
        n_in: Channels of the stem's last map.
        dims: 2 or 3.

    Raises:
        ModelError: no trunk of that kind.

    Example:
        >>> build_trunk({"kind": "cnn", "widths": (8, 16)}, n_in=4, dims=2).widths
        (8, 16)
    """
    own = {name: value for name, value in settings.items() if name != "kind"}
    if settings.get("kind") not in _KINDS:
        raise ModelError(f"expected a trunk of the kind {' or '.join(_KINDS)}, got {settings.get('kind')!r}")
    return _KINDS[settings["kind"]](n_in=n_in, dims=dims, **own)
