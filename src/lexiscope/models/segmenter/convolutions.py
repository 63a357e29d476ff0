"""Convolutions of the segmenter, in 2-D and 3-D: `convolution`, `Pointwise`, `InstanceNorm` and `ConvBlock`."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

_FEW = 20480  # where torch (`use_mkldnn` in its Convolution.cpp) takes another kernel for a batch of one


def convolution(n_in: int, n_out: int, *, dims: int, stride: int = 1) -> nn.Module:
    """A convolution of size 3 in `dims` dimensions that keeps the grid, or divides it by `stride`.

    Example:
        >>> import torch
        >>> convolution(1, 2, dims=3, stride=2)(torch.zeros(1, 1, 4, 4, 4)).shape
        torch.Size([1, 2, 2, 2, 2])
    """
    kind = nn.Conv2d if dims == 2 else _Convolution3d
    return kind(n_in, n_out, 3, stride=stride, padding=1, bias=False)


class _Convolution3d(nn.Conv3d):
    """A convolution of volumes that reads a single small one as two halves of its depth.

    For a batch of one in which channels, slices and rows together are few, torch takes a kernel on processors that
    needs up to four times as long.
    """

    def forward(self, x: Float[Tensor, "b c z y x"]) -> Float[Tensor, "b d z y x"]:
        if len(x) > 1 or math.prod(x.shape[:4]) > _FEW or x.shape[2] == 1 or x.device.type != "cpu":
            return super().forward(x)
        stride, depth = self.stride[0], x.shape[2]
        n = -(-depth // stride)  # slices of the result, of which each half makes as many
        half = -(-n // 2)
        padded = functional.pad(x, (0, 0, 0, 0, 1, stride * (2 * half - 1) + 2 - depth))
        reach = stride * (half - 1) + 3
        halves = torch.cat([padded[:, :, first : first + reach] for first in (0, stride * half)])
        made = functional.conv3d(halves, self.weight, stride=self.stride, padding=(0, 1, 1))
        return torch.cat([made[:1], made[1:]], dim=2)[:, :, :n]


class Pointwise(nn.Linear):
    """A convolution of size 1 as a product of matrices: of few outputs, that is ten times faster on a processor.

    Example:
        >>> import torch
        >>> Pointwise(3, 1)(torch.zeros(2, 3, 4, 5)).shape
        torch.Size([2, 1, 4, 5])
    """

    def forward(self, x: Tensor, extra: Tensor | float = 0.0) -> Tensor:
        """The places, each alone; `extra` is added to the weights, `(b, 1, n_in)` of each case."""
        made = torch.baddbmm(self.bias[:, None], (self.weight + extra).expand(len(x), -1, -1), x.flatten(2))
        return made.unflatten(2, x.shape[2:])


def scaled_instance_norm(
    x: Float[Tensor, "b c ..."], scale: Float[Tensor, "b c"], shift: Float[Tensor, "b c"]
) -> Float[Tensor, "b c ..."]:
    """Instance normalisation (https://arxiv.org/abs/1607.08022), with a scale and shift of each case's own.

    Each channel of each case is a group of one large batch, so that one kernel does all of it. A single place, without
    spread, becomes the shift.
    """
    if math.prod(x.shape[2:]) == 1:
        return 0.0 * x + shift.view(x.shape)
    return functional.group_norm(x.flatten(0, 1)[None], x.shape[0] * x.shape[1], scale.flatten(), shift.flatten())[
        0
    ].view(x.shape)


class InstanceNorm(nn.GroupNorm):
    """Instance normalisation (https://arxiv.org/abs/1607.08022); of a single place, without spread, only the bias."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """The values of each channel of each case, standardised over its places."""
        if math.prod(x.shape[2:]) > 1:
            return super().forward(x)
        return 0.0 * x + self.bias.view(1, -1, *[1] * (x.ndim - 2))


class ConvBlock(nn.Module):
    """Two convolutions with normalisation; the first may divide the grid.

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output.
        dims: 2 or 3.
        stride: Divisor of the grid.
    """

    def __init__(self, n_in: int, n_out: int, *, dims: int, stride: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            convolution(n_in, n_out, dims=dims, stride=stride),
            InstanceNorm(n_out),
            nn.LeakyReLU(0.01, inplace=True),
            convolution(n_out, n_out, dims=dims),
            InstanceNorm(n_out),
            nn.LeakyReLU(0.01, inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The features `(b, n_out, ...)`."""
        made: Tensor = self.layers(x)
        return made
