"""Augmentation: drawn from its generator alone, slices and channels together, and never more than was allowed."""

import pytest
import torch

from lexiscope.core.errors import ViewError
from lexiscope.views.augmentation import Augmentation

_STILL = Augmentation(flip=False, crop=1.0, intensity=0.0)


def generators(n: int = 20) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in range(n)]


def test_nothing_is_mirrored_unless_asked() -> None:
    x = torch.arange(4.0).view(1, 1, 4)
    mirror = Augmentation(crop=1.0, intensity=0.0, flip=True)
    assert all(torch.equal(_STILL.apply(x, generator), x) for generator in generators())
    mirrored = [torch.equal(mirror.apply(x, generator), x.flip(-1)) for generator in generators()]
    assert 0 < sum(mirrored) < 20


@pytest.mark.parametrize("shape", [(3, 12, 12), (4, 3, 12, 12), (1, 6, 12, 12)])
def test_slices_and_channels_change_together(shape: tuple[int, ...]) -> None:
    plane = torch.rand(12, 12, generator=torch.Generator().manual_seed(9))
    for generator in generators(5):
        varied = Augmentation(flip=True).apply(plane.expand(shape), generator).flatten(0, -3)
        assert varied.shape == (shape[0] * (shape[1] if len(shape) == 4 else 1), 12, 12)
        torch.testing.assert_close(varied, varied[:1].expand_as(varied), atol=1e-6, rtol=0)


def test_intensity_stays_within_its_share() -> None:
    x = torch.ones(1, 4, 4)
    values = torch.stack([Augmentation(crop=1.0, intensity=0.1).apply(x, g) for g in generators(200)])
    assert 0.8 <= values.min() < 0.9  # contrast down by 10 % and brightness by 0.1 at most
    assert 1.1 < values.max() <= 1.2


def test_a_crop_keeps_the_share_it_promises() -> None:
    ramp = torch.linspace(0, 1, 101).expand(1, 101, 101)
    for generator in generators():
        varied = Augmentation(crop=0.5, intensity=0.0).apply(ramp, generator)
        kept = varied.max() - varied.min()
        assert 0.48 <= kept <= 1
        assert varied.shape == ramp.shape


def test_settings_that_make_no_sense_are_refused() -> None:
    for settings in ({"crop": 0.0}, {"crop": 1.1}, {"intensity": -0.1}):
        with pytest.raises(ViewError, match=r"0 < crop <= 1 and intensity >= 0"):
            Augmentation(**settings)


def test_it_becomes_plain_json() -> None:
    assert Augmentation(flip=True).to_dict() == {"flip": True, "crop": 0.8, "intensity": 0.1}
