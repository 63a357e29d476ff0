"""`mobilenet-v2`: torchvision's names become those of transformers, and the network computes the same."""

import re
from pathlib import Path

import pytest
import torch

from lexiscope.models.mobilenet_v2 import MOBILENET_V2_CONFIG, mobilenet_v2_state
from lexiscope.models.pretrained import load_pretrained, rebuild

_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def torchvision_names() -> list[str]:
    """Names of torchvision's checkpoint, from its published definition."""
    layers = [("features.0.0", "features.0.1"), ("features.1.conv.0.0", "features.1.conv.0.1")]
    layers.append(("features.1.conv.1", "features.1.conv.2"))
    for block in range(2, 18):
        at = f"features.{block}.conv"
        layers += [(f"{at}.0.0", f"{at}.0.1"), (f"{at}.1.0", f"{at}.1.1"), (f"{at}.2", f"{at}.3")]
    layers.append(("features.18.0", "features.18.1"))
    return [name for conv, norm in layers for name in (f"{conv}.weight", *(f"{norm}.{part}" for part in _NORM))]


def test_every_name_of_torchvision_is_one_of_transformers(tmp_path: Path) -> None:
    state = dict.fromkeys([*torchvision_names(), "classifier.1.weight"], torch.zeros(1))
    torch.save(state, tmp_path / "checkpoint.pth")
    found = mobilenet_v2_state(tmp_path / "checkpoint.pth")
    assert len(found) == len(torchvision_names())  # no two became one, and the classifier was left out
    assert set(found) == set(rebuild(MOBILENET_V2_CONFIG).state_dict())


def test_blocks_keep_their_order(tmp_path: Path) -> None:
    names = [f"features.{block}.conv.0.0.weight" for block in range(2, 18)]
    torch.save({name: torch.tensor(float(i)) for i, name in enumerate(names)}, tmp_path / "checkpoint.pth")
    found = mobilenet_v2_state(tmp_path / "checkpoint.pth")
    for name, value in found.items():
        assert int(re.match(r"layer\.(\d+)\.expand_1x1", name)[1]) == int(value)


@pytest.mark.weights
def test_mobilenet_matches_torchvision_layer_by_layer(installed) -> None:
    source = installed("mobilenet-v2")
    state = torch.load(source.path, weights_only=True)
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = load_pretrained(source)(image).last_hidden_state
        torch.testing.assert_close(found, _torchvision_features(state, image), atol=1e-4, rtol=1e-4)


def _torchvision_features(state: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """`torchvision.models.mobilenet_v2().features` written out from its published definition."""

    def layer(x, at, *, stride=1, active=True):
        convolution, norm = f"{at[0]}.weight", at[1]
        weight = state[convolution]
        groups = x.shape[1] if weight.shape[1] == 1 else 1
        x = torch.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2, groups=groups)
        statistics = (state[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias"))
        x = torch.nn.functional.batch_norm(x, *statistics)
        return torch.nn.functional.relu6(x) if active else x

    x = layer(x, ("features.0.0", "features.0.1"), stride=2)
    x = layer(x, ("features.1.conv.0.0", "features.1.conv.0.1"))
    x = layer(x, ("features.1.conv.1", "features.1.conv.2"), active=False)
    strides = [2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]
    for block, stride in enumerate(strides, start=2):
        at, before = f"features.{block}.conv", x
        x = layer(x, (f"{at}.0.0", f"{at}.0.1"))
        x = layer(x, (f"{at}.1.0", f"{at}.1.1"), stride=stride)
        x = layer(x, (f"{at}.2", f"{at}.3"), active=False)
        x = before + x if stride == 1 and before.shape == x.shape else x
    return layer(x, ("features.18.0", "features.18.1"))
