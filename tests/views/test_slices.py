"""Slices: from the middle of equal parts, along any axis."""

import numpy as np
import pytest

from lexiscope.core.errors import ViewError
from lexiscope.views.intensity import Intensity
from lexiscope.views.slices import SlicesView

_BITS = Intensity(scale="bits", mean=(0.0,), std=(1.0,))


def ramp() -> np.ndarray:
    """A volume whose value is the number of its slice."""
    return np.arange(8, dtype=np.uint8)[None, :, None, None] * np.ones((1, 8, 2, 2), np.uint8)


@pytest.mark.parametrize(
    ("slices", "numbers"), [(4, [1, 3, 5, 7]), (1, [4]), (8, list(range(8))), (16, sorted([*range(8)] * 2))]
)
def test_slices_lie_in_the_middle_of_equal_parts(slices: int, numbers: list[int]) -> None:
    view = SlicesView(size=2, slices=slices, channels=1, intensity=_BITS)
    assert (view.prepare(ramp())[:, 0, 0, 0] * 255).round().tolist() == numbers


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_axis_is_cut_along(axis: int) -> None:
    volume = np.moveaxis(np.broadcast_to(ramp()[:, :, :1, :1], (1, 8, 8, 8)), 1, 1 + axis)
    view = SlicesView(size=8, slices=4, axis=axis, channels=1, fit="squash", intensity=_BITS)
    prepared = view.prepare(np.ascontiguousarray(volume)) * 255
    assert prepared.shape == (4, 1, 8, 8)
    assert prepared.mean(axis=(1, 2, 3)).round().tolist() == [1, 3, 5, 7]
    assert prepared.std(axis=(1, 2, 3)).max() < 0.1  # each slice is of one value


def test_spacing_across_the_slices_does_not_stretch_them() -> None:
    view = SlicesView(size=8, slices=1, axis=0, channels=1, intensity=_BITS)
    cube = np.full((1, 4, 8, 8), 255, np.uint8)
    assert view.prepare(cube, (9.0, 1.0, 1.0)).min() == 1
    assert view.prepare(cube, (1.0, 2.0, 1.0)).min() == 0  # twice as high as wide: padded at the sides


def test_a_plane_is_a_volume_of_one_slice() -> None:
    view = SlicesView(size=2, slices=3, channels=1, intensity=_BITS)
    assert view.prepare(np.full((1, 2, 2), 255, np.uint8)).tolist() == np.ones((3, 1, 2, 2)).tolist()


@pytest.mark.parametrize("settings", [{"axis": 3}, {"slices": 0}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ViewError, match="slices >= 1 and axis 0, 1 or 2, got"):
        SlicesView(**settings)
