"""`Readout`: from a tower's levels to one feature vector, without parameters."""

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
STATISTICS = ("cls", *_OVER_PLACES)


@dataclass(frozen=True, slots=True)
class Readout:
    """Which levels of a tower, and which statistics of their tokens, make the feature vector.

    The last level of a network is the most bent to what it was trained for; middle levels often serve other images
    better. Nothing here is trained, so with frozen towers the vector is computed once and kept.

    Args:
        levels: Indices into the tower's levels; negative ones count from its end.
        statistics: Of "cls" (class token), "mean", "std" and "max" (over the places), in this order.

    Raises:
        ModelError: no level, or an unknown statistic.
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
        depth = len(tower.widths)
        if not all(-depth <= level < depth for level in self.levels):
            raise ModelError(f"levels of the readout must lie in 0..{depth - 1} for this tower, got {self.levels}")
        return sum(tower.widths[level] for level in self.levels) * len(self.statistics)

    def read(self, levels: Sequence[Float[Tensor, "b s n d"]], *, prefix: int) -> Float[Tensor, "b f"]:
        """Statistics of each slice, averaged over the slices; an image that is no stack counts as one slice."""
        chosen = [levels[level] for level in self.levels]
        parts = [_statistic(name, tokens, prefix).mean(dim=1) for tokens in chosen for name in self.statistics]
        return torch.cat(parts, dim=-1)  # (b, f)


def _statistic(name: str, tokens: Float[Tensor, "b s n d"], prefix: int) -> Float[Tensor, "b s d"]:
    return tokens[..., 0, :] if name == "cls" else _OVER_PLACES[name](tokens[..., prefix:, :])
