"""The optimizer of every stage: AdamW, towers at their own rate, no decay of biases and norms."""

from collections.abc import Iterable, Sequence

import torch
from torch import nn


def adamw(
    module: nn.Module,
    *,
    towers: Iterable[nn.Module],
    lr: float,
    tower_lr: float,
    weight_decay: float,
    others: Sequence[tuple[nn.Module, float]] = (),
) -> torch.optim.AdamW:
    """AdamW (https://arxiv.org/abs/1711.05101) over the parameters that train.

    Args:
        module: Module whose parameters train.
        towers: Parts of `module` that train at `tower_lr`.
        lr: Peak learning rate of the rest.
        tower_lr: Peak learning rate of the towers.
        weight_decay: Weight decay of weight matrices alone.
        others: Further parts of `module`, each with a peak learning rate of its own.

    Example:
        >>> groups = adamw(nn.Linear(2, 2), towers=(), lr=1e-3, tower_lr=1e-5, weight_decay=0.1).param_groups
        >>> [(group["lr"], group["weight_decay"]) for group in groups]
        [(0.001, 0.0), (0.001, 0.1)]
    """
    parts = [(tower, tower_lr) for tower in towers] + list(others)
    rates = {id(parameter): rate for part, rate in parts for parameter in part.parameters()}
    groups: dict[tuple[bool, float, bool], list[nn.Parameter]] = {}
    for parameter in module.parameters():
        if parameter.requires_grad:
            own = id(parameter) in rates
            key = (own, rates.get(id(parameter), lr), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": parameters, "lr": rate, "weight_decay": weight_decay if is_matrix else 0.0}
            for (_, rate, is_matrix), parameters in sorted(groups.items(), key=lambda item: item[0])
        ],
        fused=True,
    )
