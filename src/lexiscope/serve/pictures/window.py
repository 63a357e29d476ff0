"""Windows: which values are shown black and which white, and the bytes between them."""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import UsageError

Window: TypeAlias = tuple[float, float]
"""Lowest value shown black, and the value above it that is shown white."""

_SAMPLE = 1 << 17  # values that percentiles are taken of: a rank is off by less than a thousandth
_TAILS = (1.0, 99.0)
_APART = 1e-6  # of a large value: what is added to it is not lost in rounding
_COARSE = 1e30  # beyond this a window does not fit into four bytes
_ALL_BUT_BLACK = 31  # the brightest value of an 8-bit picture that nobody would see anything in


def percentiles(values: NDArray[Any]) -> Window:
    """1st and 99th percentile of the finite values, of an even sample where there are many; (0, 0) of none.

    Example:
        >>> percentiles(np.arange(101.0))
        (1.0, 99.0)
    """
    flat = values.reshape(-1)
    step = max(1, flat.size // _SAMPLE)
    sample = flat[:: step | 1]  # an odd step passes through all columns of rows whose lengths are powers of two
    finite = sample[np.isfinite(sample)]
    if not finite.size:
        return 0.0, 0.0
    low, high = np.percentile(finite, _TAILS)
    return float(low), float(high)


def usual_window(values: NDArray[Any], *, is_picture: bool) -> Window:
    """The window that an image is first shown with.

    8-bit pictures are shown as they are, unless they would be all but black; everything else from its 1st to its 99th
    percentile, or from its least to its greatest value where those percentiles are one, as in a mask of few pixels.

    Args:
        values: Values of one channel, or of the colours of an image.
        is_picture: True for planes.

    Example:
        >>> mask = np.zeros((20, 20), np.uint8)
        >>> mask[3, 4] = 1
        >>> usual_window(mask, is_picture=True)
        (0.0, 1.0)
        >>> usual_window(mask * 255, is_picture=True)
        (0.0, 255.0)
    """
    if is_picture and values.dtype == np.uint8 and values.size and int(values.max()) > _ALL_BUT_BLACK:
        return 0.0, 255.0
    low, high = percentiles(values)
    if low < high:
        return low, high
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if low < high else (low, low + max(1.0, abs(low) * _APART))


def chosen_window(usual: Window, low: float | None, high: float | None) -> Window:
    """The window that somebody asked for, with the usual one's end where they named one only.

    Raises:
        UsageError: it is empty, or not of finite numbers.

    Example:
        >>> chosen_window((0.0, 90.0), None, 40.0)
        (0.0, 40.0)
    """
    chosen = (usual[0] if low is None else low, usual[1] if high is None else high)
    if not all(math.isfinite(end) for end in chosen) or chosen[0] >= chosen[1]:
        msg = f"a window needs two finite numbers, low below high, got low={chosen[0]:g} and high={chosen[1]:g}"
        raise UsageError(f"{msg}; give both, or neither for the usual {usual[0]:g} to {usual[1]:g}")
    return chosen


def to_bytes(values: NDArray[Any], window: Window) -> NDArray[np.uint8]:
    """Values as bytes: 0 at and below the window, 255 at and above it, 0 where there is no number.

    Example:
        >>> to_bytes(np.array([-5.0, 0.0, 5.0, 10.0, np.nan]), (0.0, 10.0)).tolist()
        [0, 0, 128, 255, 0]
    """
    low, high = window
    if values.dtype == np.uint8 and window == (0.0, 255.0):
        return values
    wide: Any = np.float64 if values.dtype.itemsize > 4 or max(abs(low), abs(high)) > _COARSE else np.float32
    with np.errstate(all="ignore"):  # what is no number becomes black
        shown: NDArray[Any] = values.astype(wide)
        shown -= wide(low)
        shown *= wide(255 / (high - low))
        shown = np.nan_to_num(shown, copy=False, nan=0.0, posinf=255.0, neginf=0.0)
    return (np.clip(shown, 0, 255) + wide(0.5)).astype(np.uint8)
