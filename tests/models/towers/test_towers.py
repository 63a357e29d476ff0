"""Towers read any image size, and their levels are what they say."""

import pytest
import torch

from lexiscope.core.errors import ModelError, UsageError
from lexiscope.models.towers import build_tower
from lexiscope.testing.models import tiny_encoder, tiny_views

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


def test_a_tower_without_equal_blocks_has_none_to_open() -> None:
    with pytest.raises(ModelError, match="got a tower without equal blocks; name another"):
        tiny_encoder(tiny_views()).open_last_blocks(1)


def test_unknown_tower_is_met_with_a_proposal() -> None:
    with pytest.raises(UsageError, match="Did you mean 'vit'"):
        build_tower({"kind": "vitt"})
