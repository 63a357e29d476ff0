"""`TokenMap`: what a frozen tower says of a whole image, computed once, of which windows are cut."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from jaxtyping import Float, Float16
from torch import Tensor
from torch.nn import functional

from lexiscope.core.batched import stream_batches
from lexiscope.models.segmenter.trunk import TowerTrunk


@dataclass(frozen=True, slots=True)
class TokenMap:
    """Tokens of every slice on a regular grid, the first in the corner of the image.

    Args:
        values: `(d, z, g, h)`.
        step: Distance of two tokens in pixels of the image.
        grain: Distance of two tokens of a window in pixels, the same for all images.
    """

    values: Float16[np.ndarray, "d z g h"]
    step: float
    grain: float

    @classmethod
    def of(cls, values: Float16[np.ndarray, "d z g h"], shape: Sequence[int], trunk: TowerTrunk) -> Self:
        """A map from its tokens.

        Args:
            values: Tokens.
            shape: (z, y, x) of the image.
            trunk: Trunk whose tower read it.
        """
        tile = trunk.tile_of(shape[1:])
        rows = math.ceil(shape[1] / tile)
        return cls(values, rows * tile / values.shape[2], rows * trunk.tile / values.shape[2])

    def window(
        self, z: int, *, centre: Sequence[float], window: Sequence[int], matrix: Float[np.ndarray, "2 2"] | None = None
    ) -> Float[Tensor, "d n m"]:
        """Tokens of a window of one slice.

        Args:
            z: Slice.
            centre: Middle of the window (y, x) in pixels.
            window: Sides (y, x) in pixels.
            matrix: From places of the window to places of the image, in (x, y) from the centre, for a window that is
                turned, scaled or mirrored.
        """
        axes = []
        for side in window:
            n = max(1, round(side / self.grain))
            axes.append((torch.arange(n, dtype=torch.float32) + 0.5) * (side / n) - side / 2)
        places = torch.stack(torch.meshgrid(*axes, indexing="ij")[::-1], dim=-1)  # (n, m, 2) in (x, y), pixels
        if matrix is not None:
            places = places @ torch.from_numpy(matrix.astype(np.float32)).T
        middle = torch.tensor([float(c) + 0.5 for c in centre][::-1])
        sides = torch.tensor([n * self.step for n in self.values.shape[2:]][::-1])
        grid = (places + middle) / sides * 2 - 1
        near = torch.from_numpy(np.ascontiguousarray(self.values[:, z], dtype=np.float32))
        return functional.grid_sample(near[None], grid[None], padding_mode="border", align_corners=False)[0]


@torch.no_grad()
def read_token_map(trunk: TowerTrunk, image: Float[np.ndarray, "c z y x"], *, batch: int = 8) -> TokenMap:
    """What a trunk's tower says of each slice of an image, read whole or in square tiles; those of nothing but air stay
    zero.

    Args:
        trunk: Trunk with a frozen tower.
        image: Prepared image.
        batch: Tiles that are read at once.
    """
    assert trunk.tower is not None
    _, z, y, x = image.shape
    tile = trunk.tile_of((y, x))
    rows, columns = math.ceil(y / tile), math.ceil(x / tile)
    values: np.ndarray | None = None
    side = 0
    places = [(depth, row, column) for depth in range(z) for row in range(rows) for column in range(columns)]
    for part in stream_batches(places, batch):
        tiles = torch.stack([_tile(image, place, tile) for place in part])
        if tiles.shape[1] not in (1, trunk.tower.channels):
            tiles = tiles.mean(dim=1, keepdim=True)
        filled = tiles.flatten(1).amax(dim=1) > tiles.flatten(1).amin(dim=1)
        read = trunk.read(tiles[filled]) if bool(filled.any()) else trunk.read(tiles[:1])[:0]
        if values is None:
            side = read.shape[2]
            values = np.zeros((read.shape[1], z, rows * side, columns * side), np.float16)
        told = iter(read.to(torch.float16).numpy())
        for (depth, row, column), is_filled in zip(part, filled.tolist(), strict=True):
            if is_filled:
                here = slice(row * side, (row + 1) * side), slice(column * side, (column + 1) * side)
                values[:, depth, *here] = next(told)
    assert values is not None
    return TokenMap.of(values, (z, y, x), trunk)


def _tile(image: Float[np.ndarray, "c z y x"], place: tuple[int, int, int], tile: int) -> Float[Tensor, "c t t"]:
    """A tile; beyond the image its last rows and columns are repeated."""
    depth, row, column = place
    near = image[:, depth, row * tile : (row + 1) * tile, column * tile : (column + 1) * tile]
    missing = [(0, 0), (0, tile - near.shape[1]), (0, tile - near.shape[2])]
    return torch.from_numpy(np.pad(near.astype(np.float32), missing, mode="edge"))
