"""Attention rollout: how much of each patch has reached the output of a transformer, by its attention."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.interpret.subject import Attention
from lexiscope.models.towers.block import Block


def attention_rollout(layers: Sequence[Float[Tensor, "b h t t"]]) -> Float[Tensor, "b t t"]:
    """Share of each first token (column) in each last one (row).

    The product of the layers' (mean over heads + identity) / 2: half of a token goes around the attention (Abnar &
    Zuidema 2020, https://arxiv.org/abs/2005.00928, equation 1). Rows sum to one.

    Args:
        layers: Attention of each layer, from the first to the last; rows sum to one.

    Example:
        >>> even = torch.full((1, 1, 2, 2), 0.5)
        >>> attention_rollout([even]).tolist(), attention_rollout([even, even])[0, 0].tolist()
        ([[[0.75, 0.25], [0.25, 0.75]]], [0.625, 0.375])
    """
    first = layers[0]
    one = torch.eye(first.shape[-1], dtype=first.dtype, device=first.device)
    rolled = one.expand(len(first), -1, -1)
    for layer in layers:
        rolled = (layer.mean(dim=1) + one) / 2 @ rolled
    return rolled


def attention_maps(
    attention: Mapping[str, Attention], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Float[Tensor, "b ..."]]:
    """What of each place of an image has reached the class token, or all patches where there is none.

    Args:
        attention: Modality -> attention of its tower.
        shapes: Modality -> sides of its image.
    """
    return {name: _map_of(one, shapes[name]) for name, one in attention.items()}


def _map_of(attention: Attention, shape: tuple[int, ...]) -> Float[Tensor, "b ..."]:
    rolled = attention_rollout(attention.layers)
    read = rolled[:, 0] if attention.prefix else rolled.mean(dim=1)  # (b, t)
    patches = read[:, attention.prefix :].unflatten(1, attention.grid)
    sides = shape[-len(attention.grid) :]
    covered = attention.covered or (1.0,) * len(sides)
    whole = tuple(round(side / share) for side, share in zip(sides, covered, strict=True))
    enlarged = _enlarged(patches, whole)
    for axis, side in enumerate(sides, 1):
        enlarged = enlarged.narrow(axis, 0, side)
    return enlarged if attention.slices is None else enlarged.unflatten(0, (-1, attention.slices))


@contextmanager
def recorded_attention(network: nn.Module) -> Iterator[list[Float[Tensor, "b h t t"]]]:
    """Within the context, the attention of every layer of a network, in the order in which they run.

    Understood are our own blocks and those of transformers whose attention is a softmax of query times key, without
    positions in between (ViT, DINOv2, CLIP, SigLIP); others leave no trace.
    """
    found: list[Tensor] = []
    with ExitStack() as hooks:
        for module in network.modules():
            for handle in _hooks(module, found.append):
                hooks.callback(handle.remove)
        yield found


def _hooks(module: nn.Module, keep: Callable[[Tensor], None]) -> list[Any]:
    if isinstance(module, Block):
        return [module.queries_keys_values.register_forward_hook(lambda _, __, out: keep(_of_block(out, module.heads)))]
    query, key, heads = (getattr(module, name, None) for name in ("q_proj", "k_proj", _heads_name(module)))
    if not isinstance(query, nn.Linear) or not isinstance(key, nn.Linear) or not isinstance(heads, int):
        return []
    turned = "position_embeddings" in inspect.signature(module.forward).parameters  # between projection and product
    return [] if turned else _pair_hooks(query, key, heads, keep)


def _heads_name(module: nn.Module) -> str:
    return "num_heads" if hasattr(module, "num_heads") else "num_attention_heads"


def _pair_hooks(query: nn.Linear, key: nn.Linear, heads: int, keep: Callable[[Tensor], None]) -> list[Any]:
    """Hooks on both projections, of which the second to run makes the attention."""
    waiting: dict[str, Tensor] = {}

    def take(name: str, out: Tensor) -> None:
        waiting[name] = out.detach()
        if len(waiting) == 2:
            keep(_attention(waiting.pop("query"), waiting.pop("key"), heads))

    return [
        query.register_forward_hook(lambda _, __, out: take("query", out)),
        key.register_forward_hook(lambda _, __, out: take("key", out)),
    ]


def _of_block(out: Float[Tensor, "b t w"], heads: int) -> Float[Tensor, "b h t t"]:
    queries, keys, _ = out.detach().chunk(3, dim=-1)
    return _attention(queries, keys, heads)


def _attention(queries: Float[Tensor, "b t d"], keys: Float[Tensor, "b t d"], heads: int) -> Float[Tensor, "b h t t"]:
    q, k = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (queries, keys))
    return torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, dim=-1)


def _enlarged(patches: Float[Tensor, "b ..."], shape: tuple[int, ...]) -> Float[Tensor, "b ..."]:
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(shape)]
    enlarged: Tensor = functional.interpolate(patches[:, None], size=shape, mode=mode, align_corners=False)
    return enlarged[:, 0]
