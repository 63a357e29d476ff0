"""Weights shuffled layer by layer, from the output on: what a map must not survive."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn


def layers_from_output(network: nn.Module, run: Callable[[], object]) -> list[nn.Module]:
    """Modules with weights of their own, the last one that runs first; those that do not run are left out.

    Args:
        network: The network.
        run: Runs it once.
    """
    order: list[nn.Module] = []
    handles = [
        module.register_forward_hook(lambda ran, *_: order.append(ran))
        for module in network.modules()
        if next(module.parameters(recurse=False), None) is not None
    ]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    return list(dict.fromkeys(reversed(order)))


@contextmanager
def shuffled_weights(layers: Sequence[nn.Module], *, seed: int) -> Iterator[None]:
    """Within the context, the values of each weight of these layers lie in another order.

    Shuffled and not drawn anew: a layer keeps the scale of its weights, whatever kind of layer it is.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = [weight for layer in layers for weight in layer.parameters(recurse=False)]
    kept = [weight.detach().clone() for weight in weights]
    try:
        with torch.no_grad():
            for weight in weights:
                order = torch.randperm(weight.numel(), generator=generator).to(weight.device)
                weight.copy_(weight.flatten()[order].view_as(weight))
        yield
    finally:
        with torch.no_grad():
            for weight, old in zip(weights, kept, strict=True):
                weight.copy_(old)
