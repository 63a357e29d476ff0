"""Pictures from prepared pixels: what a view scaled comes back within one grey level."""

import numpy as np
import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.denormalisation import Denormalisation
from lexiscope.views.intensity import Intensity
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView
from lexiscope.views.volume import VolumeView

_RNG = np.random.default_rng(5)


def pictures(view, pixels: np.ndarray, *, slices: int = 1) -> np.ndarray:
    prepared = torch.from_numpy(view.prepare(pixels))[None]
    return Denormalisation.of(view).pictures(prepared, slices=slices)[0]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_plane_comes_back_as_it_was(channels: int) -> None:
    pixels = _RNG.integers(0, 256, (channels, 8, 8), dtype=np.uint8)
    view = PlanarView(size=8, channels=channels, intensity=Intensity(scale="bits"))
    (picture,) = pictures(view, pixels)
    assert picture.shape == (8, 8, 3)
    expected = np.broadcast_to(pixels.transpose(1, 2, 0), (8, 8, 3)).astype(int)
    assert np.abs(picture.astype(int) - expected).max() <= 1


def test_slices_come_from_the_middle_of_equal_parts() -> None:
    pixels = np.arange(8, dtype=np.uint8)[None, :, None, None] * np.full((1, 8, 4, 4), 10, np.uint8)
    intensity = Intensity(scale="bits", mean=(0.5,), std=(0.5,))
    sliced = SlicesView(size=4, slices=8, channels=1, intensity=intensity)
    assert pictures(sliced, pixels, slices=2)[:, 0, 0, 0].tolist() == [20, 60]
    whole = VolumeView(grid=(8, 4, 4), intensity=intensity)
    assert pictures(whole, pixels, slices=4)[:, 0, 0, 0].tolist() == [10, 30, 50, 70]
    assert len(pictures(whole, pixels, slices=99)) == 8  # no more than there are


def test_a_picture_has_one_channel_or_three() -> None:
    with pytest.raises(ModelError, match="1 channel or 3, got 2; use an encoder of lexiscope's own"):
        Denormalisation("planar", (0.5,), (0.5,)).pictures(torch.zeros(1, 2, 4, 4), slices=1)
