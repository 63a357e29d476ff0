"""Views: hand-worked values, shapes, precision, and what happens to pixels that make no sense."""

import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError, ViewError
from lexiscope.views import VIEWS, View, view_from_dict
from lexiscope.views.augmentation import Augmentation
from lexiscope.views.intensity import Intensity
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView
from lexiscope.views.volume import VolumeView

_PLAIN = Intensity(mean=(0.0,), std=(1.0,))
_BITS = Intensity(scale="bits", mean=(0.0,), std=(1.0,))
_ALL: list[View] = [
    PlanarView(size=12),
    PlanarView(size=12, channels=1, fit="crop"),
    PlanarView(size=12, fit="squash"),
    SlicesView(size=12, slices=4),
    SlicesView(size=12, slices=4, axis=2, channels=1),
    VolumeView(grid=(6, 8, 10)),
    VolumeView(grid=(6, 8, 10), spacing=(2.0, 1.0, 1.0), channels=3),
]


@pytest.mark.parametrize("view", _ALL, ids=lambda view: f"{view.kind}-{view.key[:4]}")
@pytest.mark.parametrize(
    "pixels",
    [
        np.arange(3 * 9 * 7, dtype=np.uint8).reshape(3, 9, 7),
        np.arange(5 * 9 * 7, dtype=np.int16).reshape(1, 5, 9, 7) - 60,
        np.zeros((1, 5, 9), np.uint16),
        np.full((1, 2, 3, 4), np.nan, np.float32),
        np.array([[[np.inf, 1.0, -np.inf, 2.0]]]),
        np.ones((4, 1, 1), bool),
    ],
    ids=["rgb8", "signed-volume", "black", "nan", "infinite", "one-bit"],
)
def test_every_view_prepares_every_image(view: View, pixels: np.ndarray) -> None:
    before = pixels.copy()
    prepared = view.prepare(pixels, tuple([1.0] * (pixels.ndim - 1)))
    assert prepared.shape == view.shape
    assert prepared.dtype == np.float16
    assert np.isfinite(prepared).all()
    np.testing.assert_array_equal(prepared, view.prepare(pixels, tuple([1.0] * (pixels.ndim - 1))))
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("view", _ALL, ids=lambda view: f"{view.kind}-{view.key[:4]}")
def test_settings_survive_json(view: View) -> None:
    import json

    again = view_from_dict(json.loads(json.dumps(view.to_dict())))
    assert again == view
    assert again.key == view.key


def test_key_follows_what_is_prepared_and_nothing_else() -> None:
    assert PlanarView(size=12).key != PlanarView(size=14).key
    assert PlanarView(fit="pad").key != PlanarView(fit="crop").key
    assert PlanarView().key != PlanarView(intensity=_BITS).key
    assert PlanarView().key == PlanarView(augmentation=Augmentation(flip=True)).key


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


def test_small_detail_is_averaged_not_skipped() -> None:
    stripes = np.zeros((1, 64, 64), np.uint8)
    stripes[..., ::2] = 255
    small = PlanarView(size=8, channels=1, intensity=_BITS).prepare(stripes)
    np.testing.assert_allclose(small, 0.5, atol=0.02)


def test_slices_lie_in_the_middle_of_equal_parts() -> None:
    volume = np.zeros((1, 8, 2, 2), np.uint8)
    volume[0, :, :, :] = np.arange(8, dtype=np.uint8)[:, None, None]
    view = SlicesView(size=2, slices=4, channels=1, intensity=_BITS)
    assert (view.prepare(volume)[:, 0, 0, 0] * 255).round().tolist() == [1, 3, 5, 7]
    few = SlicesView(size=2, slices=16, channels=1, intensity=_BITS)
    assert (few.prepare(volume)[:, 0, 0, 0] * 255).round().tolist() == sorted(list(range(8)) * 2)
    side = SlicesView(size=8, slices=2, axis=2, channels=1, fit="squash", intensity=_BITS)
    assert side.prepare(volume).shape == (2, 1, 8, 8)


def test_volume_spacing_keeps_lengths() -> None:
    cube = np.full((1, 4, 8, 8), 255, np.uint8)
    cube = np.pad(cube, ((0, 0), (2, 2), (4, 4), (4, 4)))  # 8 x 16 x 16 voxels of 2 x 1 x 1 mm: a cube of 8 mm inside
    view = VolumeView(grid=(16, 16, 16), spacing=(1.0, 1.0, 1.0), intensity=_BITS)
    prepared = view.prepare(cube, (2.0, 1.0, 1.0))[0]
    for axis in range(3):
        along = np.moveaxis(prepared, axis, 0)[:, 8, 8] > 0.5
        assert along.sum() == 8
    larger = VolumeView(grid=(20, 20, 20), spacing=(1.0, 1.0, 1.0), intensity=_BITS).prepare(cube, (2.0, 1.0, 1.0))[0]
    np.testing.assert_allclose(larger[2:18, 2:18, 2:18], prepared, atol=1e-3)  # padding does not move anything


def test_augmentation_is_drawn_from_the_generator_alone() -> None:
    x, view = torch.randn(3, 16, 16), PlanarView(size=16)
    first = view.augment(x, torch.Generator().manual_seed(1))
    assert torch.equal(first, view.augment(x, torch.Generator().manual_seed(1)))
    assert not torch.equal(first, view.augment(x, torch.Generator().manual_seed(2)))


def test_nothing_is_mirrored_unless_asked() -> None:
    x = torch.arange(4.0).view(1, 1, 4)
    still, mirror = Augmentation(crop=1.0, intensity=0.0), Augmentation(crop=1.0, intensity=0.0, flip=True)
    seen = [torch.Generator().manual_seed(seed) for seed in range(20)]
    assert all(torch.equal(still.apply(x, generator), x) for generator in seen)
    mirrored = [torch.equal(mirror.apply(x, generator), x.flip(-1)) for generator in seen]
    assert 0 < sum(mirrored) < 20


def test_errors_say_what_to_do() -> None:
    with pytest.raises(ViewError, match=r"got shape \(4, 4\); read them with sources\.pixels\.read_pixels"):
        PlanarView().prepare(np.zeros((4, 4), np.uint8))
    with pytest.raises(ViewError, match=r"expected 2 spacings .* pass None when unknown"):
        PlanarView().prepare(np.zeros((1, 4, 4), np.uint8), (1.0, 1.0, 1.0))
    with pytest.raises(ViewError, match="fit one of pad, squash, crop, got 224 and 'stretch'"):
        PlanarView(fit="stretch")
    with pytest.raises(ViewError, match="axis 0, 1 or 2, got 8 and 3"):
        SlicesView(axis=3)
    with pytest.raises(ViewError, match="grid of 3 positive sizes"):
        VolumeView(grid=(0, 1, 1))
    with pytest.raises(ViewError, match="scale must be one of auto, bits, percentile, window, got 'log'"):
        Intensity(scale="log")
    with pytest.raises(ViewError, match=r"'window' and window=\(low, high\) go together"):
        Intensity(scale="window")
    with pytest.raises(ViewError, match=r"0 < crop <= 1"):
        Augmentation(crop=0.0)
    with pytest.raises(UsageError, match=r"unknown view 'plana'. Did you mean 'planar'"):
        view_from_dict({"kind": "plana"})
    with pytest.raises(ViewError, match="settings of a planar view do not fit"):
        view_from_dict({"kind": "planar", "colour": 3})
    assert set(VIEWS) == {"planar", "slices", "volume"}
