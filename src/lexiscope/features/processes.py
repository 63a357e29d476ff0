"""Processes that compute together: one alone, or those that `torchrun` started."""

from typing import Any

import torch


def process_state() -> Any:
    """State of this process among those that compute together, from Accelerate.

    It has `device`, `process_index`, `num_processes`, `is_main_process` and `wait_for_everyone()`.

    Processes without an accelerator find each other only when Accelerate is told that they compute on CPUs.
    """
    from accelerate import PartialState

    return PartialState(cpu=not torch.accelerator.is_available())


def to_device(batch: Any, device: torch.device) -> Any:
    """A batch with its tensors on a device, whatever containers hold them.

    Example:
        >>> to_device({"x": [torch.ones(1)], "name": "a"}, torch.device("cpu"))
        {'x': [tensor([1.])], 'name': 'a'}
    """
    from accelerate.utils import send_to_device

    return send_to_device(batch, device, non_blocking=True)


def from_main(value: float) -> float:
    """The main process's value: rounding may differ between machines, and a decision must not.

    Example:
        >>> from_main(0.1)
        0.1
    """
    from accelerate.utils import broadcast

    return float(broadcast(torch.tensor(value, dtype=torch.float64, device=process_state().device)))
