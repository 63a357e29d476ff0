"""`Sharding`: weights, gradients and moments that lie in parts over the processes while a module trains.

So a model trains that is larger than one device. Each block (a class of layers that follow one another) is put together
when its turn comes and taken apart again (https://arxiv.org/abs/2304.11277). What is saved is whole, as of any module.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lexiscope.core.errors import UsageError


class Sharding:
    """A module in parts, from `Sharding(...)` to `undo()`; every process must call each method.

    Args:
        module: Module to train; it stays the same object, and so do its parts.
        optimizer: Its optimizer, which has made no step; it is given the parts of the weights in place of the weights.
        blocks: Names of classes, such as "LlamaDecoderLayer": each such layer is put together by itself.

    Raises:
        UsageError: a single process, or a name that no part of the module has.
    """

    def __init__(self, module: nn.Module, optimizer: torch.optim.Optimizer, *, blocks: Sequence[str]) -> None:
        import torch.distributed as dist
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        found = list(_blocks(module, blocks))
        if not dist.is_initialized():
            raise UsageError("expected several processes to share the weights, got one; use torchrun, or drop --shard")
        self.module: Any = module  # with methods that torch gives it
        self._kept = [(part, type(part), _hooks(part), set(vars(part))) for part in module.modules()]
        names = {id(weight): name for name, weight in module.named_parameters()}
        mesh = init_device_mesh(next(module.parameters()).device.type, (dist.get_world_size(),))
        for part in (*found, module):
            fully_shard(part, mesh=mesh).set_reduce_scatter_unused_params(True)
        parts = dict(module.named_parameters())
        for group in optimizer.param_groups:
            group["params"] = [parts[names[id(weight)]] for weight in group["params"]]

    @contextmanager
    def together(self) -> Iterator[None]:
        """The module for forward passes of its parts by themselves, as validation makes them."""
        self.module.unshard()
        yield
        self.module.reshard()

    def undo(self) -> None:
        """Make the module what it was, with its weights whole on every process; torch has no way back of its own."""
        from torch.distributed._composable_state import _module_state_mapping

        named = list(self.module.named_parameters(remove_duplicate=False))
        parts = {id(part): part for _, part in named}  # a weight that two layers share is one part
        weights = {
            one: nn.Parameter(whole(part).detach(), requires_grad=part.requires_grad) for one, part in parts.items()
        }
        for layer, kind, hooks, attributes in self._kept:
            for name in vars(layer).keys() - attributes:
                delattr(layer, name)
            layer.__class__ = kind
            vars(layer).update(hooks)
            _module_state_mapping.pop(layer, None)
        for name, part in named:
            owner, _, field = name.rpartition(".")
            setattr(self.module.get_submodule(owner), field, weights[id(part)])


def is_sharded(module: nn.Module) -> bool:
    """True for a module whose weights lie in parts."""
    return hasattr(module, "unshard")


def whole(tensor: Tensor) -> Tensor:
    """A tensor with all its parts, from all processes; one that is whole as it is."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def like_part(tensor: Tensor, part: Any) -> Tensor:
    """A whole tensor, in parts where the other one is."""
    if not hasattr(part, "full_tensor") or tensor.shape != part.shape:
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(part.device), part.device_mesh, part.placements)


def gathered_state(module: nn.Module) -> dict[str, Tensor]:
    """Weights that train and buffers of a sharded module, whole, on the CPU of the first process; empty on others."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

    options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
    state: dict[str, Any] = get_model_state_dict(module, options=options)
    return state


def scatter_state(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put whole weights, which every process has, into a sharded module; those that are not named stay."""
    from torch.distributed.checkpoint.state_dict import StateDictOptions, set_model_state_dict

    set_model_state_dict(module, dict(state), options=StateDictOptions(full_state_dict=True, strict=False))


def _blocks(module: nn.Module, names: Sequence[str]) -> Iterator[nn.Module]:
    counts = Counter(type(part).__name__ for part in module.modules())
    for name in names:
        if name not in counts:
            several = ", ".join(sorted(kind for kind, count in counts.items() if count > 1))
            msg = f"expected --shard to name a class of layers of the model, got {name!r}; it has several of: {several}"
            raise UsageError(msg)
        yield from (part for part in module.modules() if type(part).__name__ == name)


def _hooks(part: nn.Module) -> dict[str, Any]:
    return {name: value.copy() for name, value in vars(part).items() if "hooks" in name and hasattr(value, "copy")}
