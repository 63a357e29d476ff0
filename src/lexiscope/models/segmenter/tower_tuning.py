"""`reached_layers`: the layers of a tower that its first levels depend on, which is what may train."""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from lexiscope.models.assistant.adapter import add_adapter
from lexiscope.models.towers import Tower

_PROBE = 56  # pixels; any multiple of the patches will do


def reached_layers(tower: Tower, deepest: int) -> tuple[str, ...]:
    """Names of the layers and single weights of which levels up to `deepest` consist, none within another.

    A tower is mostly read in the middle; what lies behind it, and tokens that only pretraining used, never get a
    gradient. An image of noise is read to see which do.

    Args:
        tower: Tower for planes.
        deepest: The last level that is read.

    Example:
        >>> from lexiscope.models.towers import build_tower
        >>> reached_layers(build_tower({"kind": "vit", "patch": 8, "width": 12, "depth": 2, "heads": 2}), 1)
        ('class_token', 'patches', 'blocks.0')
    """
    wanted = [(weight, weight.requires_grad) for weight in tower.parameters()]
    tower.requires_grad_(True)
    with torch.enable_grad():
        noise = torch.randn(2, tower.channels, _PROBE, _PROBE, generator=torch.Generator().manual_seed(0))
        total = torch.stack([level.sum() for level in tower(noise, deepest=deepest)]).sum()
        grads = torch.autograd.grad(total, [weight for weight, _ in wanted], allow_unused=True)
    reached = {id(weight) for (weight, _), grad in zip(wanted, grads, strict=True) if grad is not None}
    for weight, trained in wanted:
        weight.requires_grad_(trained)
    return tuple(_covered(tower, "", reached))


def pointwise_layers(tower: Tower, layers: Sequence[str]) -> tuple[str, ...]:
    """Names of the linear layers and 1 x 1 convolutions within some layers: those that an adapter stands beside.

    Args:
        tower: The tower.
        layers: What `reached_layers` names.
    """
    return tuple(
        name
        for name, module in tower.named_modules()
        if any(f"{name}.".startswith(f"{layer}.") for layer in layers) and _is_pointwise(module)
    )


def let_train(tower: Tower, layers: Sequence[str], rank: int) -> None:
    """Let some layers of a frozen tower train, or low-rank matrices beside them in their place.

    Args:
        tower: Frozen tower, changed in place.
        layers: Names of layers and single weights.
        rank: Rank of an adapter (https://arxiv.org/abs/2106.09685) beside these layers; 0 trains the layers.
    """
    if layers and rank:
        add_adapter(tower, {"r": rank, "lora_alpha": 2 * rank, "target_modules": list(layers)})
        return
    for name, weight in tower.named_parameters():
        if any(f"{name}.".startswith(f"{layer}.") for layer in layers):
            weight.requires_grad_(True)


def _covered(module: nn.Module, prefix: str, reached: set[int]) -> Iterator[str]:
    weights = [id(weight) for weight in module.parameters()]
    if prefix and weights and reached.issuperset(weights):
        yield prefix.removesuffix(".")
        return
    yield from (f"{prefix}{name}" for name, weight in module.named_parameters(recurse=False) if id(weight) in reached)
    for name, part in module.named_children():
        yield from _covered(part, f"{prefix}{name}.", reached)


def _is_pointwise(module: nn.Module) -> bool:
    if isinstance(module, nn.Conv2d):
        return math.prod(module.kernel_size) == 1 and module.groups == 1
    return isinstance(module, nn.Linear)
