"""Every view keeps its contract: those of the table with their defaults, and small ones of each kind."""

import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError, ViewError
from lexiscope.testing.views import check_view
from lexiscope.views import VIEWS, View, view_from_dict
from lexiscope.views.intensity import Intensity
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView
from lexiscope.views.volume import VolumeView

_SMALL: list[View] = [
    PlanarView(size=12),
    PlanarView(size=12, channels=1, fit="crop"),
    PlanarView(size=12, fit="squash"),
    SlicesView(size=12, slices=4),
    SlicesView(size=12, slices=4, axis=2, channels=1),
    VolumeView(grid=(6, 8, 10)),
    VolumeView(grid=(6, 8, 10), spacing=(2.0, 1.0, 1.0), channels=3),
]


@pytest.mark.parametrize("name", VIEWS)
def test_view_keeps_its_contract(name: str) -> None:
    check_view(VIEWS.load(name)())


@pytest.mark.parametrize("view", _SMALL, ids=lambda view: f"{view.kind}-{view.key[:4]}")
def test_small_views_keep_their_contract(view: View) -> None:
    check_view(view)


def test_a_key_that_forgets_a_setting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlanarView, "key", property(lambda view: f"{view.size}-{view.channels}-{view.intensity}"))
    with pytest.raises(AssertionError, match="the key does not follow fit"):
        check_view(PlanarView(size=4))


def test_grey_is_repeated_and_colour_is_averaged() -> None:
    plain = Intensity(scale="bits", mean=(0.0,), std=(1.0,))
    grey = np.full((1, 2, 2), 51, np.uint8)
    assert PlanarView(size=2, channels=3, intensity=plain).prepare(grey)[:, 0, 0] == pytest.approx([0.2] * 3, abs=1e-3)
    colour = np.array([0, 51, 102], np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8)
    assert PlanarView(size=2, channels=1, intensity=plain).prepare(colour)[:, 0, 0] == pytest.approx([0.2], abs=1e-3)


def test_padding_is_the_mean_colour() -> None:
    wide = np.full((3, 2, 8), 255, np.uint8)
    prepared = PlanarView(size=8).prepare(wide)
    assert not prepared[:, 0].any()
    assert prepared[:, 4].min() > 2


def test_augmentation_is_drawn_from_the_generator_alone() -> None:
    x, view = torch.randn(3, 16, 16), PlanarView(size=16)
    first = view.augment(x, torch.Generator().manual_seed(1))
    assert torch.equal(first, view.augment(x, torch.Generator().manual_seed(1)))
    assert not torch.equal(first, view.augment(x, torch.Generator().manual_seed(2)))


def test_errors_say_what_to_do() -> None:
    with pytest.raises(ViewError, match=r"got shape \(4, 4\); read them with sources\.pixels\.read_pixels"):
        PlanarView().prepare(np.zeros((4, 4), np.uint8))
    with pytest.raises(ViewError, match=r"expected 2 spacings .* pass None when unknown"):
        PlanarView().prepare(np.zeros((1, 4, 4), np.uint8), (1.0, 1.0, 1.0))
    with pytest.raises(UsageError, match=r"unknown view 'plana'. Did you mean 'planar'"):
        view_from_dict({"kind": "plana"})
    with pytest.raises(ViewError, match="with a 'kind', got"):
        view_from_dict({"size": 3})
    with pytest.raises(ViewError, match="settings of a planar view do not fit"):
        view_from_dict({"kind": "planar", "colour": 3})
