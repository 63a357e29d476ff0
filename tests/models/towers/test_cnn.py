"""Small residual networks: cases do not mix, and each stage halves the image."""

import pytest
import torch

from lexiscope.models.towers.cnn import CNN


@pytest.mark.parametrize("dims", [2, 3])
def test_each_stage_halves_the_image(dims: int) -> None:
    tower = CNN(channels=1, spatial_dims=dims, stages=(8, 16, 24))
    levels = tower(torch.zeros(2, 1, *[16] * dims))
    assert [level.shape for level in levels] == [(2, (16 >> stage) ** dims, 8 * stage) for stage in (1, 2, 3)]


def test_a_case_does_not_depend_on_its_batch_even_in_training() -> None:
    tower = CNN(channels=1, stages=(8, 16)).train()
    x = torch.randn(3, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    x[1] *= 100
    for together, alone in zip(tower(x), tower(x[:1]), strict=True):
        torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=1e-4)


def test_places_stand_in_raster_order() -> None:
    tower = CNN(channels=1, stages=(8,)).eval()
    x = torch.zeros(1, 1, 8, 8)
    x[..., 6:, :2] = 50.0  # the lower left corner
    (level,) = tower(x)
    strength = (level - level.median(dim=1, keepdim=True).values)[0].norm(dim=-1).view(4, 4)
    assert divmod(int(strength.argmax()), 4) == (3, 0)
