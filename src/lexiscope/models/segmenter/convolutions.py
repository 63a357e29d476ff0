"""Convolutions of the segmenter, in 2-D and 3-D, and the normalisation between them."""

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


def scaled_group_norm(
    x: Float[Tensor, "b c ..."], scale: Float[Tensor, "b c"], shift: Float[Tensor, "b c"], *, together: int
) -> Float[Tensor, "b c ..."]:
    """Group normalisation (https://arxiv.org/abs/1803.08494), with a scale and shift of each case's own.

    Groups of all cases are those of one large batch, so that one kernel does all of it. A single value, without spread,
    becomes the shift.

    Args:
        x: Features.
        scale: Factor of each channel.
        shift: Added to each channel.
        together: Channels of a group, at most: as many of them as divide the channels. 1 is instance normalisation.
    """
    groups = len(x) * group_count(x.shape[1], together)
    if x.numel() == groups:
        return 0.0 * x + shift.view(x.shape)
    return functional.group_norm(x.flatten(0, 1)[None], groups, scale.flatten(), shift.flatten())[0].view(x.shape)


def group_count(channels: int, together: int) -> int:
    """Groups of `together` channels, or of as many of them as divide the channels.

    Example:
        >>> group_count(96, 16), group_count(8, 16), group_count(96, 1)
        (6, 1, 96)
    """
    return channels // math.gcd(channels, together)


class GroupNorm(nn.GroupNorm):
    """Group normalisation (https://arxiv.org/abs/1803.08494); of a single value, without spread, only the bias.

    Args:
        channels: Channels of the input.
        together: Channels of a group, as of `scaled_group_norm`; 1 is instance normalisation.
    """

    def __init__(self, channels: int, together: int = 1) -> None:
        super().__init__(group_count(channels, together), channels)

    def forward(self, x: Tensor) -> Tensor:
        """The values of each group of each case, standardised over its channels and places."""
        if math.prod(x.shape[1:]) > self.num_groups:
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
            GroupNorm(n_out),
            nn.LeakyReLU(0.01, inplace=True),
            convolution(n_out, n_out, dims=dims),
            GroupNorm(n_out),
            nn.LeakyReLU(0.01, inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The features `(b, n_out, ...)`."""
        made: Tensor = self.layers(x)
        return made
