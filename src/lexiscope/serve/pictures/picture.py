"""Planes of values -> PNG files, in the proportions of the thing itself."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import UsageError
from lexiscope.serve.pictures.decoded import COLOURS

MOST_SIDE = 4096
_LEAST_SIDE = 8
_QUICK = 1  # zlib level; pictures are sent once and kept by the browser


def with_channel(values: NDArray[Any], channel: int | None) -> NDArray[Any]:
    """One channel of `(c, ...)`, or the three of a colour picture; of other numbers of channels the first.

    Raises:
        UsageError: there is no such channel.

    Example:
        >>> with_channel(np.zeros((4, 2, 2)), None).shape, with_channel(np.zeros((3, 2, 2)), None).shape
        ((1, 2, 2), (3, 2, 2))
    """
    if channel is None:
        return values if len(values) == COLOURS else values[:1]
    if not 0 <= channel < len(values):
        raise UsageError(f"the image has the channels 0 to {len(values) - 1}, got {channel}; name one of them")
    return values[channel : channel + 1]


def require_side(side: int) -> None:
    """Refuse a size that no picture is made in.

    Raises:
        UsageError: it is too small or too large.
    """
    if not _LEAST_SIDE <= side <= MOST_SIDE:
        raise UsageError(f"size must be {_LEAST_SIDE} to {MOST_SIDE} pixels of the longer side, got {side}")


def fitted_size(shape: tuple[int, int], spacing: tuple[float, ...] | None, side: int | None) -> tuple[int, int]:
    """Height and width of a picture of a plane whose pixels may be longer than wide.

    Args:
        shape: (rows, columns).
        spacing: Their sizes; None counts as square.
        side: The longer side; None keeps the finer axis as it is and stretches the other.

    Example:
        >>> fitted_size((20, 100), (5.0, 1.0), None), fitted_size((20, 100), (5.0, 1.0), 50)
        ((100, 100), (50, 50))
    """
    high, wide = (1.0, 1.0) if spacing is None else spacing
    tall, broad = shape[0] * high, shape[1] * wide
    scale = 1 / min(high, wide) if side is None else side / max(tall, broad)
    longest = max(tall, broad) * scale
    scale *= min(1.0, MOST_SIDE / longest)
    return max(1, round(tall * scale)), max(1, round(broad * scale))


def png(plane: NDArray[np.uint8], size: tuple[int, int] | None = None) -> bytes:
    """A PNG of bytes `(1, y, x)` or `(3, y, x)`.

    Args:
        plane: Grey values or colours.
        size: Height and width to bring it to; None keeps its own.
    """
    import imagecodecs

    pixels = plane[0] if len(plane) == 1 else np.moveaxis(plane, 0, -1)
    if size is not None and size != pixels.shape[:2]:
        pixels = _resized(pixels, size)
    whole = pixels.copy(order="C")  # an axis of one keeps other strides in ascontiguousarray, which the encoder refuses
    return bytes(imagecodecs.png_encode(whole, level=_QUICK))


def _resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    from PIL import Image as Pillow

    height, width = size
    picture = Pillow.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(picture.resize((width, height), Pillow.Resampling.BICUBIC))
