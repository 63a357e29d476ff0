"""Gradient caching: contrastive batches larger than memory, with the gradients of the whole batch."""

from collections.abc import Callable
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

Rows = TypeVar("Rows", Tensor, list[str])


def encode_in_chunks(
    encode: Callable[[Rows], Float[Tensor, "b d"]], rows: Rows, *, chunk: int | None
) -> Float[Tensor, "n d"]:
    """Encode rows a chunk at a time, keeping the embeddings and nothing of what led to them.

    A contrastive loss needs all embeddings of a batch at once but each encoder's activations only while its own
    gradient flows. So activations are dropped after the forward pass and computed again, chunk by chunk, in the
    backward pass: GradCache (https://arxiv.org/abs/2101.06983), for which torch's checkpoint already replays the random
    state, the autocast and the hooks of data parallel training. Gradients equal those of the whole batch (but batch
    normalisation sees the statistics of a chunk); the price is a second forward pass.

    Args:
        encode: Rows to embeddings, each row on its own.
        rows: A list or a tensor, whose slices `encode` takes.
        chunk: Number of rows at a time; None for all at once and nothing computed twice.

    Example:
        >>> encode_in_chunks(torch.nn.Linear(2, 3), torch.ones(5, 2), chunk=2).shape
        torch.Size([5, 3])
    """
    if chunk is None or chunk >= len(rows) or not torch.is_grad_enabled():
        return encode(rows)
    parts = [
        checkpoint(encode, rows[start : start + chunk], use_reentrant=False) for start in range(0, len(rows), chunk)
    ]
    return torch.cat(parts)  # (n, d)
