"""Convolutions: a single volume is read in halves, and comes out as in a batch."""

import pytest
import torch
from torch.nn import functional

from lexiscope.models.segmenter.convolutions import convolution


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
