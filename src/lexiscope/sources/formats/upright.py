"""`upright`: what an orientation tag says to do, the same for EXIF and TIFF (TIFF 6.0, tag 274)."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Size = TypeVar("_Size")
_UNDONE: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {  # orientation -> what undoes it, on (..., y, x)
    2: lambda a: a[..., ::-1],
    3: lambda a: a[..., ::-1, ::-1],
    4: lambda a: a[..., ::-1, :],
    5: lambda a: a.swapaxes(-1, -2),
    6: lambda a: np.rot90(a, -1, axes=(-2, -1)),
    7: lambda a: a[..., ::-1, ::-1].swapaxes(-1, -2),
    8: lambda a: np.rot90(a, 1, axes=(-2, -1)),
}
_SIDEWAYS = (5, 6, 7, 8)


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Pixels `(..., y, x)` as they are meant to be seen; an orientation that is none changes nothing.

    Example:
        >>> upright(np.array([[1, 2, 3]]), 6).tolist()
        [[1], [2], [3]]
    """
    return np.ascontiguousarray(_UNDONE[orientation](pixels)) if orientation in _UNDONE else pixels


def upright_axes(sizes: tuple[_Size, ...], orientation: int) -> tuple[_Size, ...]:
    """Shape or spacing `(..., y, x)` after `upright`.

    Example:
        >>> upright_axes((3, 20, 10), 6), upright_axes((20, 10), 3)
        ((3, 10, 20), (20, 10))
    """
    *others, y, x = sizes
    return (*others, x, y) if orientation in _SIDEWAYS else sizes
