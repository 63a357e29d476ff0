"""Convolutions: a single volume is read in halves, and comes out as in a batch."""

import pytest
import torch
from torch.nn import functional

from lexiscope.models.segmenter.convolutions import GroupNorm, convolution, scaled_group_norm


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7])
def test_a_single_volume_is_convolved_as_in_a_batch(depth: int, stride: int) -> None:
    layer = convolution(2, 3, dims=3, stride=stride)
    x = torch.randn(1, 2, depth, 5, 4, generator=torch.Generator().manual_seed(0))
    plain = functional.conv3d(x, layer.weight, stride=stride, padding=1)
    torch.testing.assert_close(layer(x), plain)
    torch.testing.assert_close(layer(x.expand(2, -1, -1, -1, -1)), plain.expand(2, -1, -1, -1, -1))


def test_a_single_volume_teaches_the_same_weights() -> None:
    layer = convolution(2, 3, dims=3)
    x = torch.randn(1, 2, 5, 6, 4, generator=torch.Generator().manual_seed(0))
    layer(x).square().sum().backward()
    grad = layer.weight.grad.clone()
    layer.weight.grad = None
    functional.conv3d(x, layer.weight, padding=1).square().sum().backward()
    torch.testing.assert_close(grad, layer.weight.grad, rtol=1e-4, atol=1e-4)


def test_channels_normalised_together_keep_what_is_alike_at_all_places() -> None:
    x = torch.tensor([1.0, 3.0]).view(1, 2, 1, 1).expand(1, 2, 4, 4)  # a window that shows one thing alone
    one, zero = torch.ones(1, 2), torch.zeros(1, 2)
    alone, both = (scaled_group_norm(x, one, zero, together=together) for together in (1, 2))
    torch.testing.assert_close(alone, torch.zeros_like(alone), atol=1e-4, rtol=0)
    torch.testing.assert_close(both[0, :, 0, 0], torch.tensor([-1.0, 1.0]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("together", [1, 2, 16])
def test_each_case_is_scaled_and_shifted_by_its_own(together: int) -> None:
    generator = torch.Generator().manual_seed(0)
    x, scale, shift = (torch.randn(3, 4, *size, generator=generator) for size in ((5, 6), (), ()))
    made = scaled_group_norm(x, scale, shift, together=together)
    norm = GroupNorm(4, together)
    expected = norm(x) * scale[..., None, None] + shift[..., None, None]
    torch.testing.assert_close(made, expected)
    assert norm.num_groups == {1: 4, 2: 2, 16: 1}[together]


def test_a_single_value_becomes_the_shift() -> None:
    x, shift = torch.tensor([[[[5.0]], [[7.0]]]]), torch.tensor([[0.5, -1.0]])
    assert scaled_group_norm(x, torch.ones(1, 2), shift, together=1).flatten().tolist() == [0.5, -1.0]
    assert GroupNorm(2)(x).flatten().tolist() == [0.0, 0.0]
