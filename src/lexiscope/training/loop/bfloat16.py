"""`require_native_bfloat16`: refuses bfloat16 where a machine only pretends to have it, and is slower for it."""

import time

import torch

from lexiscope.core.errors import UsageError

_SIDE = 256  # of the products that are compared: milliseconds where bfloat16 is native, some dozens elsewhere
_SLOWER = 2.0  # a native product is faster than that of float32; an emulated one took 60 times as long


def require_native_bfloat16() -> None:
    """Refuse training in bfloat16 on a processor that emulates it, measured by a small product.

    Raises:
        UsageError: bfloat16 is emulated here.
    """
    if torch.accelerator.is_available():
        return  # accelerators of today have it; none is measured while another process may hold it
    slower = bfloat16_slowdown()
    if slower > _SLOWER:
        msg = (
            f"expected a processor that computes in bfloat16, got one that emulates it: a product of matrices takes "
            f"{slower:.0f} times as long as in float32; leave --bf16 out, or pass --force-bf16 to train so all the same"
        )
        raise UsageError(msg)


def bfloat16_slowdown() -> float:
    """How many times as long as in float32 a product of matrices takes in bfloat16 on this processor."""
    return _product_seconds(torch.bfloat16) / _product_seconds(torch.float32)


def _product_seconds(dtype: torch.dtype) -> float:
    """Time of one product; the shortest of some, since another process may come between."""
    matrix = torch.ones(_SIDE, _SIDE, dtype=dtype)
    return min(_seconds(matrix) for _ in range(5))


def _seconds(matrix: torch.Tensor) -> float:
    start = time.perf_counter()
    matrix @ matrix
    return time.perf_counter() - start
