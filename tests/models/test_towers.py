"""Towers read any image size, and their levels are what they say."""

import pytest
import torch

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.models.towers import build_tower

_SETTINGS = [
    {"kind": "vit", "channels": 1, "patch": 8, "width": 24, "depth": 2, "heads": 2, "spatial_dims": dims}
    for dims in (2, 3)
] + [{"kind": "cnn", "channels": 1, "stages": [8, 16], "spatial_dims": dims} for dims in (2, 3)]


@pytest.mark.parametrize("settings", _SETTINGS, ids=lambda s: f"{s['kind']}-{s['spatial_dims']}d")
@pytest.mark.parametrize("size", [16, 24])
def test_levels_have_the_promised_widths(settings, size) -> None:
    tower = build_tower(settings)
    levels = tower(torch.randn(2, 1, *[size] * tower.spatial_dims))
    assert [level.shape[-1] for level in levels] == list(tower.widths)
    assert all(level.shape[0] == 2 for level in levels)


@pytest.mark.parametrize("settings", _SETTINGS, ids=lambda s: f"{s['kind']}-{s['spatial_dims']}d")
def test_levels_up_to_the_deepest_that_is_wanted_are_the_first_of_all(settings) -> None:
    tower = build_tower(settings).eval()
    x = torch.randn(2, 1, *[16] * tower.spatial_dims)
    whole = tower(x)
    for deepest in range(len(whole)):
        torch.testing.assert_close(tower(x, deepest=deepest), whole[: deepest + 1])


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


def test_vit_positions_follow_the_field_of_view_not_the_resolution() -> None:
    from lexiscope.models.towers.vit import grid_positions

    coarse, fine = grid_positions((4, 4), 24), grid_positions((12, 12), 24).view(12, 12, 24)
    torch.testing.assert_close(coarse.view(4, 4, 24), fine[1::3, 1::3])  # middles of the same thirds


def test_vit_refuses_what_it_cannot_cut() -> None:
    tower = build_tower(_SETTINGS[0])
    with pytest.raises(ModelError, match=r"at least 8 along each axis, got \(4, 16\); enlarge the view"):
        tower(torch.zeros(1, 1, 4, 16))
    with pytest.raises(ModelError, match="multiple of heads"):
        build_tower({"kind": "vit", "width": 25})


def test_unknown_tower_is_met_with_a_proposal() -> None:
    with pytest.raises(UsageError, match="Did you mean 'vit'"):
        build_tower({"kind": "vitt"})
