"""Planar views: fits by hand, true proportions, and no precision lost."""

import numpy as np
import pytest

from lexiscope.core.errors import ViewError
from lexiscope.views.intensity import Intensity
from lexiscope.views.planar import PlanarView

_PLAIN = Intensity(mean=(0.0,), std=(1.0,))
_BITS = Intensity(scale="bits", mean=(0.0,), std=(1.0,))


def test_sixteen_bits_are_not_cut_to_eight() -> None:
    pixels = (30000 + np.arange(64)).astype(np.uint16).reshape(1, 8, 8)  # differs in the low byte only
    prepared = PlanarView(size=8, channels=1, intensity=_PLAIN).prepare(pixels)
    assert len(np.unique(prepared)) > 55


def test_imagenet_white_has_the_known_values() -> None:
    white = PlanarView(size=2).prepare(np.full((3, 2, 2), 255, np.uint8))
    np.testing.assert_allclose(white[:, 0, 0], [2.249, 2.429, 2.640], atol=2e-3)


def test_fits_by_hand() -> None:
    wide = np.full((1, 4, 8), 255, np.uint8)
    settings = {"size": 8, "channels": 1, "intensity": _BITS}
    padded = PlanarView(fit="pad", **settings).prepare(wide)[0]
    assert padded[2:6].min() == 1
    assert padded[:2].max() == padded[6:].max() == 0
    assert PlanarView(fit="squash", **settings).prepare(wide).min() == 1
    wide[..., :2] = wide[..., 6:] = 0
    assert PlanarView(fit="crop", **settings).prepare(wide)[0, :, 1:-1].min() > 0.9


def test_spacing_restores_the_true_proportions() -> None:
    view = PlanarView(size=8, channels=1, intensity=_BITS)
    pixels = np.full((1, 4, 8), 255, np.uint8)
    assert view.prepare(pixels, (2.0, 1.0)).min() == 1  # 8 mm by 8 mm: nothing to pad


def test_of_a_volume_the_middle_slice_is_shown() -> None:
    volume = np.zeros((1, 5, 2, 2), np.uint8)
    volume[0, 2] = 255
    assert PlanarView(size=2, channels=1, intensity=_BITS).prepare(volume).min() == 1


@pytest.mark.parametrize("settings", [{"fit": "stretch"}, {"size": 0}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ViewError, match="size >= 1 and fit one of pad, squash, crop, got"):
        PlanarView(**settings)
