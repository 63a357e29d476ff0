"""Layers of a torch module by name: what they give, and how some of their channels are silenced."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lexiscope.core.errors import UsageError

_PLANE, _VOLUME = 4, 5  # axes of (b, c, y, x) and (b, c, z, y, x)


def require_layers(module: nn.Module, layers: Mapping[str, Sequence[str]]) -> None:
    """Refuse names that no layer of a module has.

    Raises:
        UsageError: a name is unknown; the message holds those that there are.
    """
    known = [name for name, _ in module.named_modules() if name]
    for branch, names in layers.items():
        for name in names:
            if name not in known:
                has = f"{type(module).__name__} has: {', '.join(known)}"
                raise UsageError(f"{branch!r} names a layer {name!r} that is not there; {has}")


@contextmanager
def reading(module: nn.Module, names: Sequence[str]) -> Iterator[dict[str, list[Tensor]]]:
    """Within the context, every call of a layer adds what it gave to the list under its name."""
    read: dict[str, list[Tensor]] = {name: [] for name in names}
    handles = [module.get_submodule(name).register_forward_hook(_noting(calls)) for name, calls in read.items()]
    try:
        yield read
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def silenced(module: nn.Module, name: str, units: Sequence[int]) -> Iterator[None]:
    """Within the context, these channels of a layer are zeros."""

    def hook(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        values = _tensor(output).clone()
        channels = 1 if values.ndim in (_PLANE, _VOLUME) else -1
        values.index_fill_(channels, torch.tensor(list(units), device=values.device, dtype=torch.long), 0)
        return (values, *output[1:]) if isinstance(output, tuple) else values

    handle = module.get_submodule(name).register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def places_of(values: Tensor) -> tuple[Float[Tensor, "b p d"], tuple[int, ...] | None]:
    """What a layer gave as places of d channels, and the sides of their grid.

    Args:
        values: `(b, d)`, `(b, tokens, d)`, `(b, d, y, x)` or `(b, d, z, y, x)`.

    Raises:
        UsageError: values of another form.

    Example:
        >>> values, grid = places_of(torch.zeros(2, 8, 3, 4))
        >>> tuple(values.shape), grid
        ((2, 12, 8), (3, 4))
    """
    if values.ndim in (_PLANE, _VOLUME):
        return values.flatten(2).transpose(1, 2), tuple(values.shape[2:])
    if values.ndim == 3:
        return values, None
    if values.ndim == 2:
        return values[:, None], None
    raise UsageError(
        f"a layer should give (b, d), (b, tokens, d), (b, d, y, x) or (b, d, z, y, x), got {tuple(values.shape)}; name "
        "another layer"
    )


def _noting(calls: list[Tensor]) -> Any:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        calls.append(_tensor(output).detach().float().cpu())

    return hook


def _tensor(output: Any) -> Tensor:
    """What a layer gave, or the first of several things: the others are weights of attention or states."""
    return output[0] if isinstance(output, tuple) else output
