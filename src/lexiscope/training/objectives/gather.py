"""Gathering rows from every process so that a loss sees the global batch, with the right gradients."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def gather_rows(rows: Tensor) -> Tensor:
    """Stack the rows of every process, in the order of the processes; numbers of rows may differ.

    Every process then computes the same loss on the same global batch. So each already holds the whole gradient of its
    own rows and nothing is sent back; the gradient is multiplied by the number of processes because data parallel
    training divides by it when it averages the gradients of the weights. On one process the rows come back as they are.

    Args:
        rows: (n, ...), n of this process, other axes equal everywhere.

    Returns:
        (sum of all n, ...).

    Example:
        >>> gather_rows(torch.ones(2, 3)).shape  # one process
        torch.Size([2, 3])
    """
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return rows
    return _Gather.apply(rows)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        counts = _counts(rows)
        rank = dist.get_rank()
        ctx.start, ctx.count, ctx.world = sum(counts[:rank]), counts[rank], len(counts)
        padded = rows.new_zeros(max(counts), *rows.shape[1:])  # collectives want equal shapes
        padded[: len(rows)] = rows
        received = [torch.empty_like(padded) for _ in counts]
        dist.all_gather(received, padded)
        return torch.cat([part[:count] for part, count in zip(received, counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0][ctx.start : ctx.start + ctx.count] * ctx.world


def _counts(rows: Tensor) -> list[int]:
    mine = torch.tensor([len(rows)], device=rows.device)
    counts = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    dist.all_gather(counts, mine)
    return [int(count) for count in counts]
