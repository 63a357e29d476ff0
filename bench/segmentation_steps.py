"""Processor time of a step of training; for `segmentation.py`."""

import time
from typing import Any

import numpy as np
import torch
from torch import nn

_TIMED = 6  # steps after the first, which is not counted


def seconds_of_step(module: nn.Module, rows: Any, batch: int) -> float:
    """Least processor time of making a batch, its losses and their gradients; the weights stay as they are.

    What is made of a case when it is first read is not counted. The least of several steps is taken: other work on a
    machine only adds to it.

    Args:
        module: Module whose forward takes a batch and gives named losses.
        rows: Rows of the training.
        batch: Rows of a step.
    """
    module.train()
    spent = []
    for number in range(_TIMED + 1):
        chosen = (np.arange(batch) + number * batch) % len(rows)
        rows.batch(chosen, epoch=0)
        started = time.process_time()
        losses = module(rows.batch(chosen, epoch=0))
        torch.stack([loss.value for loss in losses.values()]).sum().backward()
        spent.append(time.process_time() - started)
        module.zero_grad(set_to_none=True)
    return min(spent[1:])
