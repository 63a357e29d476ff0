"""Vision transformers from scratch: positions by field of view, any size, and masked reading."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.towers import build_tower
from lexiscope.models.towers.vit import ViT, grid_positions

_SETTINGS = {"kind": "vit", "channels": 1, "patch": 8, "width": 24, "depth": 2, "heads": 2}


def test_vit_positions_follow_the_field_of_view_not_the_resolution() -> None:
    coarse, fine = grid_positions((4, 4), 24), grid_positions((12, 12), 24).view(12, 12, 24)
    torch.testing.assert_close(coarse.view(4, 4, 24), fine[1::3, 1::3])  # middles of the same thirds


def test_vit_refuses_what_it_cannot_cut() -> None:
    tower = build_tower(_SETTINGS)
    with pytest.raises(ModelError, match=r"at least 8 along each axis, got \(4, 16\); enlarge the view"):
        tower(torch.zeros(1, 1, 4, 16))
    with pytest.raises(ModelError, match="multiple of heads"):
        build_tower({"kind": "vit", "width": 25})


def test_no_two_places_have_one_code() -> None:
    codes = grid_positions((4, 5, 6), 24)
    assert codes.shape == (120, 24)
    apart = torch.cdist(codes, codes) + torch.eye(120) * 9
    assert apart.min() > 0.1


def test_some_patches_are_read_as_in_masked_training() -> None:
    tower = ViT(channels=1, patch=8, width=24, depth=2, heads=2).eval()
    x = torch.randn(2, 1, 32, 32)
    patches = tower.embed(x)
    assert patches.shape == (2, 16, 24)
    some = tower.read(patches[:, ::4])
    assert [level.shape for level in some] == [(2, 5, 24)] * 4
    torch.testing.assert_close(tower.read(patches), tower(x))


def test_the_far_edge_is_cut_to_whole_patches() -> None:
    tower = ViT(channels=1, patch=8, width=24, depth=1, heads=2).eval()
    x = torch.randn(1, 1, 24, 24)
    wider = torch.nn.functional.pad(x, (0, 7, 0, 7), value=5.0)
    torch.testing.assert_close(tower(wider)[-1], tower(x)[-1])
