"""The optimizer of every stage: AdamW, towers at their own rate, no decay of biases and norms."""

from collections.abc import Iterable

import torch
from torch import nn


def adamw(
    module: nn.Module, *, towers: Iterable[nn.Module], lr: float, tower_lr: float, weight_decay: float
) -> torch.optim.AdamW:
    """AdamW (https://arxiv.org/abs/1711.05101) over the parameters that train.

    Args:
        module: Module whose parameters train.
        towers: Parts of `module` that train at `tower_lr`.
        lr: Peak learning rate of the rest.
        tower_lr: Peak learning rate of the towers.
        weight_decay: Weight decay of weight matrices alone.

    Example:
        >>> groups = adamw(nn.Linear(2, 2), towers=(), lr=1e-3, tower_lr=1e-5, weight_decay=0.1).param_groups
        >>> [(group["lr"], group["weight_decay"]) for group in groups]
        [(0.001, 0.0), (0.001, 0.1)]
    """
    slow = {id(parameter) for tower in towers for parameter in tower.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter in module.parameters():
        if parameter.requires_grad:
            groups.setdefault((id(parameter) in slow, parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "lr": tower_lr if of_tower else lr,
                "weight_decay": weight_decay if is_matrix else 0.0,
            }
            for (of_tower, is_matrix), parameters in sorted(groups.items(), key=lambda item: item[0])
        ],
        fused=True,
    )
