"""Volumes: lengths are kept where the spacing is known, and shapes where it is not."""

import numpy as np
import pytest

from lexiscope.core.errors import ViewError
from lexiscope.views.intensity import Intensity
from lexiscope.views.volume import VolumeView

_BITS = Intensity(scale="bits", mean=(0.0,), std=(1.0,))


def test_spacing_keeps_lengths() -> None:
    cube = np.full((1, 4, 8, 8), 255, np.uint8)
    cube = np.pad(cube, ((0, 0), (2, 2), (4, 4), (4, 4)))  # 8 x 16 x 16 voxels of 2 x 1 x 1 mm: a cube of 8 mm inside
    view = VolumeView(grid=(16, 16, 16), spacing=(1.0, 1.0, 1.0), intensity=_BITS)
    prepared = view.prepare(cube, (2.0, 1.0, 1.0))[0]
    for axis in range(3):
        along = np.moveaxis(prepared, axis, 0)[:, 8, 8] > 0.5
        assert along.sum() == 8
    larger = VolumeView(grid=(20, 20, 20), spacing=(1.0, 1.0, 1.0), intensity=_BITS).prepare(cube, (2.0, 1.0, 1.0))[0]
    np.testing.assert_allclose(larger[2:18, 2:18, 2:18], prepared, atol=1e-3)  # padding does not move anything


def test_without_spacing_the_whole_volume_fills_the_grid() -> None:
    full = np.full((1, 3, 5, 9), 255, np.uint8)
    for view, spacing in (
        (VolumeView(grid=(4, 4, 4), intensity=_BITS), (1.0, 1.0, 1.0)),
        (VolumeView(grid=(4, 4, 4), spacing=(1.0, 1.0, 1.0), intensity=_BITS), None),
    ):
        assert view.prepare(full, spacing).min() == 1


def test_a_plane_is_a_volume_of_one_slice() -> None:
    view = VolumeView(grid=(3, 4, 4), spacing=(1.0, 1.0, 1.0), intensity=_BITS)
    assert view.prepare(np.full((1, 4, 4), 255, np.uint8), (1.0, 1.0)).min() == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"grid": (0, 1, 1)}, "grid of 3 positive sizes"),
        ({"grid": (8, 8)}, "grid of 3 positive sizes"),
        ({"spacing": (1.0, 0.0, 1.0)}, "3 positive lengths"),
        ({"spacing": (1.0, 1.0)}, "3 positive lengths"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, tuple[int, ...]], message: str) -> None:
    with pytest.raises(ViewError, match=message):
        VolumeView(**settings)
