"""`lite-medsam`: what of LiteMedSAM's checkpoint fits the two-way decoder of a segmenter: its attention.

Its image encoder, prompt encoder and the convolutions behind the attention speak of features that are not ours.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

LITE_MEDSAM_ATTENTION: dict[str, Any] = {"attention": 256, "heads": 8}  # arguments of `TwoWayDecoder`

_ATTENTION, _TOKENS = "mask_decoder.transformer.", "mask_decoder.mask_tokens.weight"
_FREQUENCIES = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"


def lite_medsam_attention(checkpoint: Path, *, dims: int) -> dict[str, Tensor]:
    """Part of the state dict of a `TwoWayDecoder` of `LITE_MEDSAM_ATTENTION`: attention, output token and positions.

    Args:
        checkpoint: LiteMedSAM's checkpoint.
        dims: 2, or 3, for which its positions of planes are left out.
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    attention = {name: x for name, x in state.items() if name.startswith(_ATTENTION)}
    made = {f"attention.{name.removeprefix(_ATTENTION)}": x for name, x in attention.items()}
    made["output"] = state[_TOKENS][0]  # the token of the one mask that is given where one is asked for
    if dims == 2:
        made["attention.frequencies"] = state[_FREQUENCIES]
    return made
