"""Intensities: hand-worked scales, values in range whatever comes in, and what cannot be meant."""

import numpy as np
import pytest
import torch

from lexiscope.core.errors import ViewError
from lexiscope.testing.views import odd_images
from lexiscope.views.intensity import SCALES, Intensity

_PLAIN = Intensity(mean=(0.0,), std=(1.0,))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", odd_images())
def test_values_lie_in_the_unit_range(scale: str, name: str) -> None:
    window = (-20.0, 20.0) if scale == "window" else None
    unit = Intensity(scale=scale, window=window).to_unit(odd_images()[name])
    assert unit.dtype == np.float32
    assert np.isfinite(unit).all()
    assert 0 <= unit.min() <= unit.max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
def test_brighter_pixels_never_become_darker(dtype: type) -> None:
    values = np.sort(np.random.default_rng(3).normal(90, 30, 400).clip(0, 250).astype(dtype))
    for scale in ("auto", "bits", "percentile"):
        unit = Intensity(scale=scale).to_unit(values.reshape(1, 20, 20)).ravel()
        assert (np.diff(unit) >= 0).all(), scale


def test_eight_bit_planes_are_scaled_by_their_bits() -> None:
    pixels = np.array([[[0, 51, 255]]], np.uint8)
    np.testing.assert_allclose(_PLAIN.to_unit(pixels)[0, 0], [0.0, 0.2, 1.0], rtol=1e-6)


def test_percentiles_leave_out_background_and_hot_pixels() -> None:
    values = np.concatenate([np.zeros(5000), np.linspace(100, 200, 1001), [60000]]).astype(np.uint16)
    unit = _PLAIN.to_unit(values.reshape(1, 1, -1))[0, 0]
    assert unit[:5000].max() == 0
    assert unit[5000 + 500] == pytest.approx(0.5, abs=0.01)
    assert unit[-1] == 1


def test_window_maps_hounsfield_units() -> None:
    lungs = Intensity(scale="window", window=(-1000.0, 0.0))
    pixels = np.array([[[[-2000, -1000, -250, 400]]]], np.int16)
    assert lungs.to_unit(pixels).ravel().tolist() == [0.0, 0.0, 0.75, 1.0]


def test_an_image_of_one_value_keeps_its_sign() -> None:
    assert set(Intensity(scale="percentile").to_unit(np.full((1, 4, 4), 7, np.int16)).ravel().tolist()) == {1.0}
    assert set(Intensity(scale="percentile").to_unit(np.full((1, 4, 4), -7, np.int16)).ravel().tolist()) == {0.0}


def test_grey_views_use_the_average_of_the_colours() -> None:
    intensity = Intensity(mean=(0.1, 0.2, 0.3), std=(0.1, 0.2, 0.3))
    assert intensity.standardise(torch.full((1, 1, 1), 0.4), channel_axis=0).item() == pytest.approx(1.0)
    colours = intensity.standardise(torch.full((3, 1, 1), 0.4), channel_axis=0).ravel()
    assert colours.tolist() == pytest.approx([3.0, 1.0, 1 / 3])


def test_round_trip() -> None:
    intensity = Intensity(scale="window", window=(-5.0, 5.0), mean=(0.5,), std=(0.5,))
    assert Intensity.from_dict(intensity.to_dict()) == intensity


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": "log"}, "scale must be one of auto, bits, percentile, window, got 'log'"),
        ({"scale": "window"}, r"'window' and window=\(low, high\) go together"),
        ({"window": (0.0, 1.0)}, r"'window' and window=\(low, high\) go together"),
        ({"scale": "window", "window": (1.0, 1.0)}, "low < high"),
        ({"std": (0.0, 1.0, 1.0)}, "std > 0"),
        ({"mean": (0.0,)}, "must pair up"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ViewError, match=message):
        Intensity(**settings)
