"""`read_tokens`: for each branch of an encoder one readout and a small grid of places, as image tokens."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from lexiscope.models.encoder import FUSED, Encoder


@dataclass(frozen=True, slots=True)
class TokenPlan:
    """Choice of the tokens that are read; they do not train, so with frozen towers they are computed once and kept.

    Args:
        level: Index of the tower's level whose places are read; negative ones count from its end.
        side: Side of the grid that places are averaged over to, where the image has more.
        slices: Number of slices that those of a volume are averaged over to, where it has more.

    Example:
        >>> TokenPlan(side=2, slices=1)
        TokenPlan(level=-4, side=2, slices=1)
    """

    level: int = -4
    side: int = 4
    slices: int = 2


@dataclass(frozen=True, slots=True)
class BranchTokens:
    """Tokens of one branch for b cases.

    Args:
        summary: `(b, f)`, the encoder's readout of the branch: what heads and probes see.
        places: `(b, t, w)`, the grid, slice by slice and row by row.
    """

    summary: Float[Tensor, "b f"]
    places: Float[Tensor, "b t w"]


def read_tokens(
    encoder: Encoder, images: Mapping[str, Tensor], present: Mapping[str, Tensor], *, plan: TokenPlan
) -> dict[str, BranchTokens]:
    """Branch -> tokens of b cases; rows of a missing modality are zeros or of no meaning, see `present`.

    Args:
        images: Modality -> `(b, *view.shape)`.
        present: Modality -> `(b,)`.

    Raises:
        ModelError: shapes that do not fit, or a case without any modality.
    """
    mixed = encoder.mixer is not None
    out = encoder(images, present, level=None if mixed else plan.level)
    tokens = {}
    for branch, summary in out.features.items():
        if branch not in out.levels:  # a modality that none of the cases has
            continue
        prefix, modality = encoder.prefix(branch), encoder.modalities[0] if branch == FUSED else branch
        depth = len(out.levels[branch]) if mixed else len(encoder.tower(modality).widths)
        level = out.levels[branch][plan.level % depth if -depth <= plan.level < depth else -1]  # (b, s * n, d)
        if mixed:
            tokens[branch] = BranchTokens(summary, _mixed(level[:, prefix:], out.token_mask[:, prefix:], plan))
            continue
        x = images.get(modality, next(iter(images.values())))  # early fusion: all have one shape
        slices = x.shape[1] if x.ndim == 5 and encoder.tower(modality).spatial_dims == 2 else 1
        tokens[branch] = BranchTokens(summary, _grid(level.unflatten(1, (slices, -1))[:, :, prefix:], plan))
    return tokens


def _mixed(places: Float[Tensor, "b n d"], masks: Bool[Tensor, "b n"], plan: TokenPlan) -> Float[Tensor, "b t d"]:
    """Places of the modalities that each case has, so that they do not depend on who shares its batch."""
    wanted = plan.slices * plan.side**2
    rows = [functional.adaptive_avg_pool1d(row[mask].T, wanted).T for row, mask in zip(places, masks, strict=True)]
    return torch.stack(rows)


def _grid(places: Float[Tensor, "b s n d"], plan: TokenPlan) -> Float[Tensor, "b t d"]:
    slices, n = places.shape[1:3]
    side = math.isqrt(n)
    if side * side != n:  # a volume: no plane to keep the shape of
        flat = places.flatten(1, 2).transpose(1, 2)  # (b, d, s * n)
        wanted = min(plan.slices * plan.side**2, flat.shape[-1])
        return functional.adaptive_avg_pool1d(flat, wanted).transpose(1, 2)
    cube = places.unflatten(2, (side, side)).permute(0, 4, 1, 2, 3)  # (b, d, s, y, x)
    kept = min(plan.side, side)
    pooled: Tensor = functional.adaptive_avg_pool3d(cube, (min(plan.slices, slices), kept, kept))
    return pooled.flatten(2).transpose(1, 2)


def blank_tokens(tokens: Mapping[str, BranchTokens]) -> dict[str, BranchTokens]:
    """Tokens of the same shapes, all zeros: with means subtracted, an image that shows nothing.

    Example:
        >>> blank = blank_tokens({"t1": BranchTokens(torch.ones(1, 2), torch.ones(1, 1, 2))})
        >>> blank["t1"].summary.tolist()
        [[0.0, 0.0]]
    """
    return {
        name: BranchTokens(torch.zeros_like(read.summary), torch.zeros_like(read.places))
        for name, read in tokens.items()
    }
