"""Resizing: constants stay constant, nothing leaves [0, 1], detail is averaged, and centring is even."""

import pytest
import torch

from lexiscope.views.resize import FITS, centre, fit_planes, resize_planes, resize_volume


@pytest.mark.parametrize("size", [(1, 1), (3, 9), (16, 16), (40, 2)])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_plane_stays_constant(size: tuple[int, int], value: float) -> None:
    resized = resize_planes(torch.full((2, 7, 11), value), size)
    assert resized.shape == (2, *size)
    torch.testing.assert_close(resized, torch.full_like(resized, value), atol=1e-6, rtol=0)


@pytest.mark.parametrize("shape", [(1, 2, 3), (8, 8, 8), (5, 12, 3)])
def test_a_constant_volume_stays_constant(shape: tuple[int, int, int]) -> None:
    resized = resize_volume(torch.full((1, 4, 6, 5), 0.7), shape)
    torch.testing.assert_close(resized, torch.full((1, *shape), 0.7), atol=1e-6, rtol=0)


@pytest.mark.parametrize("size", [(5, 5), (32, 64)])
def test_overshoot_is_cut(size: tuple[int, int]) -> None:
    checkers = (torch.arange(16)[:, None] + torch.arange(16)) % 2
    resized = resize_planes(checkers[None].float(), size)
    assert resized.min() >= 0
    assert resized.max() <= 1


def test_the_same_size_gives_the_same_values() -> None:
    x = torch.rand(3, 5, 7, generator=torch.Generator().manual_seed(0))
    assert torch.equal(resize_planes(x, (5, 7)), x)
    assert torch.equal(resize_volume(x[None], (3, 5, 7)), x[None])


def test_small_detail_is_averaged_not_skipped() -> None:
    stripes = torch.zeros(1, 64, 64)
    stripes[..., ::2] = 1
    torch.testing.assert_close(resize_planes(stripes, (8, 8)), torch.full((1, 8, 8), 0.5), atol=0.02, rtol=0)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (1, 30), (6, 6)])
def test_every_fit_gives_a_square_of_the_image_and_its_mask(fit: str, shape: tuple[int, int]) -> None:
    square, inside = fit_planes(torch.ones(2, *shape), 8, fit=fit)
    assert square.shape == (2, 8, 8)
    assert set(inside.unique().tolist()) <= {0.0, 1.0}
    torch.testing.assert_close(square, inside.expand(2, -1, -1), atol=1e-5, rtol=0)  # ones inside, zeros outside
    if fit != "pad":
        assert inside.all()


def test_padding_keeps_the_proportions() -> None:
    _, inside = fit_planes(torch.ones(1, 4, 8), 8, fit="pad")
    assert inside.any(dim=1).sum() == 4
    _, inside = fit_planes(torch.ones(1, 4, 8), 8, fit="pad", aspect=2.0)  # pixels twice as high as wide
    assert inside.all()


def test_centre_cuts_and_pads_evenly() -> None:
    x = torch.arange(1.0, 7.0)
    assert centre(x, (2,))[0].tolist() == [3.0, 4.0]
    padded, inside = centre(x[:3], (6,))
    assert padded.tolist() == [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]
    assert inside.tolist() == [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    both, inside = centre(torch.ones(1, 6, 2), (2, 4))  # cut along one axis, padded along the other
    assert both.shape == (1, 2, 4)
    assert inside.sum() == 4
