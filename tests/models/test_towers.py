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
