"""What saliency asks of an encoder's images: channels in front of places, and the attention of its towers."""

from collections.abc import Mapping

import torch
from torch import Tensor

from lexiscope.interpret.adapters.encoder_levels import grid_of
from lexiscope.interpret.saliency.rollout import recorded_attention
from lexiscope.interpret.subject import Attention
from lexiscope.models.encoder import Encoder


def swapped_slices(encoder: Encoder, images: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Slices `(b, s, c, y, x)` as `(b, c, s, y, x)`, and the other way round; other images as they are."""
    return {name: x.transpose(1, 2) if _in_slices(encoder, name, x) else x for name, x in images.items()}


def encoder_attention(encoder: Encoder, images: Mapping[str, Tensor]) -> dict[str, Attention]:
    """Modality -> attention of its tower; without towers that have none, and none at all with early fusion.

    Args:
        encoder: Encoder in eval mode.
        images: Images as they enter it.
    """
    if encoder.stack is not None:
        return {}
    found = {name: _attention(encoder, name, x) for name, x in images.items()}
    return {name: one for name, one in found.items() if one is not None}


def _attention(encoder: Encoder, name: str, x: Tensor) -> Attention | None:
    tower = encoder.tower(name)
    slices = x.shape[1] if _in_slices(encoder, name, x) else None
    x = x.to(next(tower.parameters()).dtype)
    x = x if slices is None else x.flatten(0, 1)  # (b * s, c, y, x)
    with recorded_attention(tower) as layers, torch.no_grad():
        tower(tower.colour(x) if x.shape[1] == 1 else x)
    if not layers or any(layer.shape != layers[0].shape for layer in layers):
        return None
    grid = grid_of(layers[0].shape[-1] - tower.prefix, tuple(x.shape[2:]))
    return None if grid is None else Attention(layers, tower.prefix, grid, slices)


def _in_slices(encoder: Encoder, name: str, x: Tensor) -> bool:
    return x.ndim > encoder.tower(name).spatial_dims + 2
