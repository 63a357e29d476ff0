"""`mobilenet-v2`: torchvision's checkpoint as a state dict of transformers' `MobileNetV2Model`."""

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

# torchvision pads symmetrically and uses BatchNorm's default epsilon; transformers' defaults follow TensorFlow.
MOBILENET_V2_CONFIG: dict[str, Any] = {"model_type": "mobilenet_v2", "tf_padding": False, "layer_norm_eps": 1e-5}

_LAYER = re.compile(r"features\.(\d+)\.(.+)")
_STEM = {
    "0.0": "conv_3x3.convolution",
    "0.1": "conv_3x3.normalization",
    "1": "reduce_1x1.convolution",
    "2": "reduce_1x1.normalization",
}
_BLOCK = {
    "0.0": "expand_1x1.convolution",
    "0.1": "expand_1x1.normalization",
    "1.0": "conv_3x3.convolution",
    "1.1": "conv_3x3.normalization",
    "2": "reduce_1x1.convolution",
    "3": "reduce_1x1.normalization",
}
_CONV = {"0": "convolution", "1": "normalization"}
_LAST = 18  # features.18 is the 1 x 1 convolution to 1280 channels


def mobilenet_v2_state(checkpoint: Path) -> dict[str, Tensor]:
    """State dict of `MobileNetV2Model(MobileNetV2Config(**MOBILENET_V2_CONFIG))`; the classifier is left out."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return {_renamed(name): x for name, x in state.items() if name.startswith("features.")}


def _renamed(name: str) -> str:
    match = _LAYER.fullmatch(name)
    assert match is not None, name
    layer, (place, _, parameter) = int(match[1]), match[2].removeprefix("conv.").rpartition(".")
    if layer == 0:
        return f"conv_stem.first_conv.{_CONV[place]}.{parameter}"
    if layer == 1:
        return f"conv_stem.{_STEM[place]}.{parameter}"
    if layer == _LAST:
        return f"conv_1x1.{_CONV[place]}.{parameter}"
    return f"layer.{layer - 2}.{_BLOCK[place]}.{parameter}"
