"""`Readout`: from a tower's levels to one feature vector, without parameters."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from lexiscope.core.errors import ModelError
from lexiscope.models.towers.tower import Tower

_OVER_PLACES: Mapping[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda places: places.mean(dim=-2),
    "std": lambda places: places.std(dim=-2, correction=0),
    "max": lambda places: places.amax(dim=-2),
}
_HALVES: Mapping[str, Callable[[Tensor], Tensor]] = {
    "left": lambda grid: grid[..., :, : (grid.shape[-2] + 1) // 2, :],  # grid (..., y, x, d)
    "right": lambda grid: grid[..., :, grid.shape[-2] // 2 :, :],
    "top": lambda grid: grid[..., : (grid.shape[-3] + 1) // 2, :, :],
    "bottom": lambda grid: grid[..., grid.shape[-3] // 2 :, :, :],
}
_FIRST = ("cls", "pooled")
STATISTICS = (*_FIRST, *_OVER_PLACES, *_HALVES)


@dataclass(frozen=True, slots=True)
class Readout:
    """Choice of a tower's levels, and of statistics over their tokens, that make the feature vector.

    The last level of a network is the most bent to what it was trained for; middle levels often serve other images
    better. Nothing here is trained, so with frozen towers the vector is computed once and kept.

    Args:
        levels: Indices into the tower's levels; negative ones count from its end.
        statistics: Some of "cls" (class token), "pooled" (the network's own summary, of a tower that keeps it), "mean",
            "std" and "max" (over the places), and "left", "right", "top" and "bottom" (means over half of a square
            picture). Only halves tell on which side something is.

    Raises:
        ModelError: no level, or an unknown statistic.

    Example:
        >>> places = torch.tensor([[[[1.0], [3.0], [5.0], [7.0]]]])  # one case, one slice, four places, one channel
        >>> Readout(statistics=("mean", "max", "left")).read([places], prefix=0).tolist()
        [[4.0, 7.0, 3.0]]
    """

    levels: tuple[int, ...] = (-1,)
    statistics: tuple[str, ...] = ("mean",)

    def __post_init__(self) -> None:
        unknown = set(self.statistics) - set(STATISTICS)
        if not self.levels or not self.statistics or unknown:
            msg = f"a readout needs levels, and statistics among {', '.join(STATISTICS)}"
            raise ModelError(f"{msg}; got {self.levels} and {self.statistics}")

    def width(self, tower: Tower) -> int:
        """Length of the feature vector.

        Raises:
            ModelError: the tower has no such level or no class token.
        """
        if "cls" in self.statistics and tower.prefix == 0:
            raise ModelError("this tower has no class token to read; take the statistic 'mean' instead of 'cls'")
        if "pooled" in self.statistics and not tower.pooled:
            raise ModelError("this tower keeps no summary of its own; take the statistic 'mean' instead of 'pooled'")
        depth = len(tower.widths)
        if not all(-depth <= level < depth for level in self.levels):
            raise ModelError(f"levels of the readout must lie in 0..{depth - 1} for this tower, got {self.levels}")
        return sum(tower.widths[level] for level in self.levels) * len(self.statistics)

    def read(self, levels: Sequence[Float[Tensor, "b s n d"]], *, prefix: int) -> Float[Tensor, "b f"]:
        """Statistics of each slice, averaged over the slices; a single image counts as one slice."""
        chosen = [levels[level] for level in self.levels]
        parts = [_statistic(name, tokens, prefix).mean(dim=1) for tokens in chosen for name in self.statistics]
        return torch.cat(parts, dim=-1)  # (b, f)


def _statistic(name: str, tokens: Float[Tensor, "b s n d"], prefix: int) -> Float[Tensor, "b s d"]:
    if name in _FIRST:
        return tokens[..., 0, :]
    places = tokens[..., prefix:, :]
    return _OVER_PLACES[name](places) if name in _OVER_PLACES else _HALVES[name](_square(places)).mean(dim=(-3, -2))


def _square(places: Float[Tensor, "b s n d"]) -> Float[Tensor, "b s y x d"]:
    """Raster order back to rows and columns.

    Raises:
        ModelError: the places are no square, as in volumes.
    """
    side = math.isqrt(places.shape[-2])
    if side * side != places.shape[-2]:
        msg = f"halves need the places of a square picture, got {places.shape[-2]}"
        raise ModelError(f"{msg}; leave out 'left', 'right', 'top' and 'bottom', or read slices")
    return places.unflatten(-2, (side, side))
