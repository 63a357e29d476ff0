"""Image models of transformers as towers: their levels, computed no deeper than wanted."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.packaged import PACKAGED
from lexiscope.models.towers import build_tower
from lexiscope.models.towers.pretrained import PretrainedTower


@pytest.mark.parametrize(
    "model",
    [
        {"model_type": "dinov2", "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "image_size": 28},
        {"model_type": "clip_vision_model", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3}
        | {"num_attention_heads": 2, "image_size": 32, "patch_size": 16},
        {"model_type": "mobilenet_v2"},
    ],
    ids=lambda model: model["model_type"],
)
def test_blocks_behind_the_deepest_wanted_level_are_not_computed(model) -> None:
    colours = {"mean": (0.5,) * 3, "std": (0.5,) * 3}
    tower = build_tower({"kind": "pretrained", "model": model, "widths": (16,) * 5, "prefix": 1, **colours}).eval()
    calls = []
    for module in tower.modules():
        if type(module).__name__ in ("Dinov2Layer", "CLIPEncoderLayer"):
            module.register_forward_hook(lambda *_: calls.append(1))
    x = torch.randn(1, 3, 32, 32)
    whole = tower(x)
    for deepest in range(4):
        calls.clear()
        torch.testing.assert_close(tower(x, deepest=deepest), whole[: deepest + 1])
        assert len(calls) == (0 if model["model_type"] == "mobilenet_v2" else max(1, deepest))
    assert len(tower(x)) == len(whole)  # the tower is whole again
    blocks = tower.block_list()
    assert (0 if blocks is None else len(blocks)) == (0 if model["model_type"] == "mobilenet_v2" else 3)


@pytest.mark.weights
def test_text_model_is_no_image_tower(installed) -> None:
    with pytest.raises(ModelError, match="reads input_ids; name one that reads images"):
        PretrainedTower.load(installed("sentence-transformers/all-MiniLM-L6-v2"))


@pytest.mark.weights
@pytest.mark.parametrize(
    ("name", "prefix", "depth", "width"), [("dinov2-small-focus", 1, 14, 384), ("mobilenet-v2", 0, 17, 1280)]
)
def test_packaged_towers_have_their_levels(installed, name, prefix, depth, width) -> None:
    assert name in PACKAGED
    settings, tower = PretrainedTower.load(installed(name))
    assert (settings["prefix"], len(settings["widths"]), settings["widths"][-1]) == (prefix, depth, width)
    with torch.no_grad():
        levels = tower(torch.zeros(1, 3, 112, 112))
    assert [level.shape[-1] for level in levels] == settings["widths"]
