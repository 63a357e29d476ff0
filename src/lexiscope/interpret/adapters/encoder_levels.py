"""`encoder_levels`: what an encoder makes of cases, level by level in each branch."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.interpret.subject import FUSED, Level
from lexiscope.models.encoder import Encoder
from lexiscope.models.towers import Tower
from lexiscope.views import ImageBatch

EMBEDDING = "embedding"  # the last level of "fused": the vector of a case before it has unit length
_MOST_PLACES = 16  # along each axis


@torch.inference_mode()
def encoder_levels(encoder: Encoder, batch: ImageBatch) -> dict[str, list[Level]]:
    """Branch -> its levels, from the first to the last, without class and register tokens.

    Levels behind the last that the readout takes are left out: nothing that the model says depends on them. Those with
    a grid are averaged down to 16 places along each axis. "fused" ends in the vector of a whole case; with
    hybrid fusion its levels before are the mean over the mixed tokens, and with early fusion it is the only branch.

    Args:
        encoder: Encoder in eval mode.
        batch: Images of cases, each with a modality.
    """
    there = torch.stack(list(batch.present.values())).any(dim=0)
    images, present = batch.images, batch.present
    if not all(bool(mask.any()) for mask in present.values()):  # a blank row makes branches run that no case has
        images = {name: torch.cat([x, torch.zeros_like(x[:1])]) for name, x in images.items()}
        present = {name: torch.cat([mask, ~mask.any()[None]]) for name, mask in present.items()}
    output, n = encoder(images, present, level=0), len(there)
    made: dict[str, list[Level]] = {}
    for branch, levels in output.levels.items():
        if branch == FUSED and encoder.mixer is not None:
            continue
        mask = there if branch == FUSED else batch.present[branch]
        name = encoder.modalities[0] if branch == FUSED else branch
        shape = tuple(images[name].shape[1:])
        made[branch] = [
            _level(level_name(number), x[:n], mask, encoder.tower(name), shape) for number, x in enumerate(levels)
        ]
    if encoder.mixer is not None:
        made[FUSED] = [
            Level(mixed_name(number), _mean(x, output.token_mask)[:n, None], None, there)
            for number, x in enumerate(output.levels[FUSED])
            if number  # tokens as they enter are those of the modalities
        ]
    pooled = Level(EMBEDDING, output.pooled[:n, None].float(), None, there)
    return {**made, FUSED: [*made.get(FUSED, []), pooled]}


def joined_levels(parts: Sequence[Sequence[Level]]) -> list[Level]:
    """Levels of one branch for several batches of cases, as those of all of them."""
    return [
        Level(
            of_level[0].name,
            torch.cat([level.values for level in of_level]),
            of_level[0].grid,
            torch.cat([level.present for level in of_level]),
        )
        for of_level in zip(*parts, strict=True)
    ]


def level_name(number: int) -> str:
    """Name of a tower's level."""
    return f"level {number}"


def mixed_name(number: int) -> str:
    """Name of a level of hybrid fusion's mixed tokens."""
    return f"mixed {number}"


def grid_of(places: int, sides: Sequence[int]) -> tuple[int, ...] | None:
    """Sides of a grid of so many places over an image, whose sides were all divided by one number; None for no such.

    Example:
        >>> grid_of(256, (224, 224)), grid_of(7, (8, 8))
        ((16, 16), None)
        >>> grid_of(8, (5, 17, 9))
        (1, 4, 2)
    """
    for step in range(1, max(sides) + 1):
        for rounded in (math.ceil, math.floor):
            grid = tuple(int(rounded(side / step)) for side in sides)
            if math.prod(grid) == places:
                return grid
    return None


def _level(
    name: str, x: Float[Tensor, "b sn d"], present: Bool[Tensor, " b"], tower: Tower, shape: tuple[int, ...]
) -> Level:
    """A level of one tower; its image has the shape (c, y, x), (c, z, y, x) or, in slices, (s, c, y, x)."""
    sliced = tower.spatial_dims == 2 and len(shape) == 4
    x = x.float().unflatten(1, (shape[0] if sliced else 1, -1))[:, :, tower.prefix :]  # (b, s, n, d)
    grid = grid_of(x.shape[2], shape[-tower.spatial_dims :])
    if grid is None:
        return Level(name, x.flatten(1, 2), None, present)
    grid = (x.shape[1], *grid) if sliced else grid
    maps = x.flatten(1, 2).transpose(1, 2).unflatten(2, grid)  # (b, d, ...)
    fewer = tuple(min(_MOST_PLACES, side) for side in grid)
    if fewer != grid:
        maps = (nn.AdaptiveAvgPool2d if len(grid) == 2 else nn.AdaptiveAvgPool3d)(fewer)(maps)
    return Level(name, maps.flatten(2).transpose(1, 2), fewer, present)


def _mean(x: Float[Tensor, "b t d"], mask: Bool[Tensor, "b t"]) -> Float[Tensor, "b d"]:
    """Mean over the tokens that are there."""
    weight = mask[..., None].float()
    return (x.float() * weight).sum(dim=1) / weight.sum(dim=1)
