"""Tiles of a plane at every power of two, as viewers of large pictures ask for them (the levels of Deep Zoom).

Level 0 is one pixel, the last is the picture itself, and each is twice as large as the one before, rounded up.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import UsageError
from lexiscope.serve.pictures.decoded import Decoded
from lexiscope.serve.pictures.orientation import as_seen
from lexiscope.serve.pictures.picture import png, with_channel
from lexiscope.serve.pictures.window import chosen_window, to_bytes

TILE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """A plane at every power of two.

    Args:
        levels: `(c, y, x)` each, the smallest first; the last is the picture itself.
    """

    levels: tuple[NDArray[Any], ...]

    @property
    def extra_bytes(self) -> int:
        """Bytes of the smaller levels."""
        return sum(level.nbytes for level in self.levels[:-1])


def pyramid_of(image: Decoded) -> Pyramid:
    """The levels of a picture, each the means of two by two pixels of the next.

    Raises:
        UsageError: it is a volume.

    Example:
        >>> from lexiscope.serve.pictures.decoded import Decoded
        >>> image = Decoded("png", np.zeros((1, 5, 3)))
        >>> [level.shape for level in pyramid_of(image).levels]
        [(1, 1, 1), (1, 2, 1), (1, 3, 2), (1, 5, 3)]
    """
    if image.is_volume:
        raise UsageError("tiles are cut of pictures, and this is a volume; ask for its slices, or for the volume")
    levels = [as_seen(image.values, image)]
    while max(levels[-1].shape[1:]) > 1:
        levels.append(_halved(levels[-1]))
    return Pyramid(tuple(reversed(levels)))


def tile(
    image: Decoded,
    pyramid: Pyramid,
    *,
    level: int,
    column: int,
    row: int,
    low: float | None = None,
    high: float | None = None,
    channel: int | None = None,
) -> bytes:
    """A tile as PNG; those at the right and lower edge are as small as what is left.

    Args:
        image: The picture.
        pyramid: Its levels.
        level: From 0, one pixel, to that of the picture itself.
        column: Tile from the left.
        row: Tile from the top.
        low: Value that is shown black; None is that of the usual window.
        high: Value that is shown white.
        channel: Channel; None shows colours as colours, otherwise the first.

    Raises:
        UsageError: no such level, tile or channel, or a window that makes no sense.
    """
    if not 0 <= level < len(pyramid.levels):
        raise UsageError(f"the levels go from 0 to {len(pyramid.levels) - 1}, got {level}; ask for one of them")
    values = pyramid.levels[level]
    rows, columns = (-(-side // TILE) for side in values.shape[1:])
    if not (0 <= column < columns and 0 <= row < rows):
        msg = f"level {level} has {columns} x {rows} tiles, got column {column} and row {row}"
        raise UsageError(f"{msg}; count them from 0")
    part = values[:, row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
    shown = with_channel(part, channel)
    return png(to_bytes(shown, chosen_window(image.window(channel), low, high)))


def values_at(pyramid: Pyramid, *, column: int, row: int) -> list[float | int | None]:
    """Measured values of a pixel of the picture itself, one a channel; None where there is no number.

    Args:
        pyramid: Levels of the picture.
        column: Pixel from the left, as the picture is shown.
        row: Pixel from the top.

    Raises:
        UsageError: no such pixel.

    Example:
        >>> values_at(Pyramid((np.array([[[1, 2], [3, 40_000]]], np.uint16),)), column=1, row=1)
        [40000]
    """
    whole = pyramid.levels[-1]
    height, width = whole.shape[1:]
    if not (0 <= column < width and 0 <= row < height):
        msg = f"the picture has {width} x {height} pixels, got column {column} and row {row}"
        raise UsageError(f"{msg}; count them from 0")
    return [value if math.isfinite(value) else None for value in whole[:, row, column].tolist()]


def _halved(values: NDArray[Any]) -> NDArray[Any]:
    """Means of two by two pixels; of what is left over at an odd edge, of what there is."""
    rows = range(0, values.shape[1], 2 * TILE)  # in strips, so that no wide copy of all of it is made
    strips = [_halved_strip(values[:, start : start + 2 * TILE]) for start in rows]
    return np.concatenate(strips, axis=1)


def _halved_strip(values: NDArray[Any]) -> NDArray[Any]:
    odd = [(0, 0), (0, values.shape[1] % 2), (0, values.shape[2] % 2)]
    padded = np.pad(values, odd, mode="edge")
    wide: NDArray[Any] = padded.astype(np.float64 if values.dtype.itemsize > 2 else np.float32)
    means = (wide[:, ::2, ::2] + wide[:, 1::2, ::2] + wide[:, ::2, 1::2] + wide[:, 1::2, 1::2]) / 4
    return (means if values.dtype.kind == "f" else np.rint(means)).astype(values.dtype)
