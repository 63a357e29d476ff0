"""`silenced`: a module some of whose output channels are zeros for a while."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def silenced(
    module: nn.Module, units: Sequence[int], *, axis: int = 1, only: Callable[[], bool] | None = None
) -> Iterator[None]:
    """Within the context, channels of what a module gives are zeros; of a tuple, those of its first tensor.

    Args:
        module: Module whose output is changed.
        units: Channels.
        axis: Axis of the channels.
        only: Asked at each call; False leaves the output as it is.

    Example:
        >>> import torch
        >>> layer = nn.Identity()
        >>> with silenced(layer, [1]):
        ...     layer(torch.ones(1, 3)).tolist()
        [[1.0, 0.0, 1.0]]
    """

    def zeroed(_module: nn.Module, _args: Any, output: Any) -> Any:
        if only is not None and not only():
            return output
        if isinstance(output, tuple):
            return (without_units(output[0], units, axis), *output[1:])
        return without_units(output, units, axis)

    handle = module.register_forward_hook(zeroed)
    try:
        yield
    finally:
        handle.remove()


def without_units(x: Tensor, units: Sequence[int], axis: int) -> Tensor:
    """Values whose channels along an axis are zeros for some units."""
    keep = x.new_ones(x.shape[axis])
    keep[list(units)] = 0
    shape = [1] * x.ndim
    shape[axis] = -1
    return x * keep.view(shape)
