"""The processes that train together: one alone, or those that `torchrun` started."""

from typing import Any

import torch


def process_state() -> Any:
    """Accelerate's state of this process: `device`, `process_index`, `num_processes`, `wait_for_everyone()`.

    Processes without an accelerator find each other only when Accelerate is told that they compute on CPUs.
    """
    from accelerate import PartialState

    return PartialState(cpu=not torch.accelerator.is_available())


def to_device(batch: Any, device: torch.device) -> Any:
    """A batch with its tensors on a device, whatever it is made of."""
    from accelerate.utils import send_to_device

    return send_to_device(batch, device, non_blocking=True)
