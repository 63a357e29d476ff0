"""`Stored`: how the values of an image become the 8 or 16 bits of a DICOM pixel, and back.

Whole numbers that fit are stored as they are. Others are spread over 65,536 steps from their least to their greatest
value, with the slope and intercept that lead back.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 65_535


@dataclass(frozen=True, slots=True)
class Stored:
    """How values are stored: `value = slope * stored + intercept`.

    Args:
        dtype: Type of a stored pixel.
        slope: As DICOM can write it, in 16 characters.
        intercept: Likewise.
        is_exact: True where nothing is rounded.
    """

    dtype: np.dtype[Any]
    slope: float = 1.0
    intercept: float = 0.0
    is_exact: bool = True

    def pixels(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values as they are stored; what is no number becomes the least."""
        if self.is_exact:
            return values.astype(self.dtype, copy=False)
        with np.errstate(all="ignore"):
            steps = (values.astype(np.float64) - self.intercept) / self.slope
        steps = np.nan_to_num(steps, nan=0.0, posinf=_STEPS, neginf=0.0)
        return np.rint(np.clip(steps, 0, _STEPS)).astype(self.dtype)


def stored_as(values: NDArray[Any]) -> Stored:
    """How the values of an image are stored.

    Example:
        >>> stored_as(np.array([-1000, 3000], np.int16)).is_exact, stored_as(np.array([0.0, 6.5535])).slope
        (True, 0.0001)
    """
    for kind in (np.uint8, np.int8, np.uint16, np.int16):
        if values.dtype == kind:
            return Stored(np.dtype(kind).newbyteorder("<"))
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values.reshape(-1)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if values.dtype.kind in "iu" and low >= 0 and high <= _STEPS:
        return Stored(np.dtype("<u2"))
    if values.dtype.kind in "iu" and low >= np.iinfo(np.int16).min and high <= np.iinfo(np.int16).max:
        return Stored(np.dtype("<i2"))
    slope = _written((high - low) / _STEPS) or 1.0
    return Stored(np.dtype("<u2"), slope, _written(low), is_exact=False)


def _written(value: float) -> float:
    """A number as 16 characters hold it, so that reader and writer mean the same one."""
    from pydicom.valuerep import format_number_as_ds  # pydicom takes a fifth of a second

    return float(format_number_as_ds(value))
