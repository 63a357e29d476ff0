"""`Pointing`: boxes and points that say which parts of a mask are meant.

Our own rule. Of a mask those connected parts are kept that lie in a box with half of their voxels or more, or that
hold a point. Where a box or a point has none, half of the structure's threshold is taken: in the box, and cut to it,
the part of the largest summed probability; at a point, the part that holds it. Voxels are connected over faces, edges
and corners.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from lexiscope.core.errors import UsageError

_AXES = ("z", "y", "x")
_CONNECTED = np.ones((3, 3, 3), bool)


@dataclass(frozen=True, slots=True)
class Pointing:
    """Boxes and points in voxels of a file, in its own order.

    Args:
        boxes: (z0, y0, x0, z1, y1, x1), half open.
        points: (z, y, x).
    """

    boxes: tuple[tuple[int, ...], ...] = ()
    points: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def of(cls, boxes: Sequence[str], points: Sequence[str], shape: Sequence[int]) -> "Pointing | None":
        """What was written, for an image of some shape; None for nothing.

        Args:
            boxes: "z0,y0,x0,z1,y1,x1", or for planes "y0,x0,y1,x1".
            points: "z,y,x", or for planes "y,x".
            shape: (z, y, x) or (y, x) of the file.

        Raises:
            UsageError: numbers that are too many or too few, or that lie outside of the image.
        """
        if not boxes and not points:
            return None
        read = (
            [_box(numbers_of(text), text, shape) for text in boxes],
            [_point(numbers_of(text), text, shape) for text in points],
        )
        return cls(tuple(read[0]), tuple(read[1]))

    def choose(
        self, probability: Float[np.ndarray, "z y x"], threshold: float
    ) -> tuple[Bool[np.ndarray, "z y x"], bool]:
        """The parts that are meant, and whether the threshold was halved for one.

        Args:
            probability: Probability of each voxel, axes as the file stores them.
            threshold: Probability from which a voxel belongs to the structure.
        """
        parts = connected_parts(probability > threshold)
        mask, lowered = np.zeros(probability.shape, bool), False
        for low, high in ((box[:3], box[3:]) for box in self.boxes):
            place = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
            named = _mostly_inside(parts, place)
            if len(named):
                mask |= np.isin(parts, named)
                continue
            best = _best_part(probability[place], threshold / 2)
            mask[place] |= best
            lowered |= bool(best.any())
        for point in self.points:
            held = _holding(parts, point)
            if not held.any():
                held = _holding(connected_parts(probability > threshold / 2), point)
                lowered |= bool(held.any())
            mask |= held
        return mask, lowered


def numbers_of(text: str) -> tuple[int, ...]:
    """Whole numbers between commas.

    Raises:
        ValueError: something else.

    Example:
        >>> numbers_of("3, 10,12")
        (3, 10, 12)
    """
    return tuple(int(number) for number in text.split(","))


def connected_parts(mask: Bool[np.ndarray, "z y x"]) -> Int[np.ndarray, "z y x"]:
    """Number of the connected part that each voxel belongs to, from 1; 0 outside of the mask."""
    from scipy.ndimage import label

    parts: np.ndarray = label(mask, structure=_CONNECTED)[0]
    return parts


def _box(numbers: tuple[int, ...], text: str, shape: Sequence[int]) -> tuple[int, ...]:
    dims = len(shape)
    axes = _AXES[-dims:]
    form = ",".join([*(f"{axis}0" for axis in axes), *(f"{axis}1" for axis in axes)])
    if len(numbers) != 2 * dims:
        raise UsageError(f"expected --box {form} for an image of {_sides(shape)} voxels, got {text}")
    low, high = numbers[:dims], numbers[dims:]
    for axis, a, b, n in zip(axes, low, high, shape, strict=True):
        if not 0 <= a < b <= n:
            msg = f"expected --box {form} with 0 ≤ {axis}0 < {axis}1 ≤ {n}, got {text}"
            raise UsageError(f"{msg}; give it in voxels of the file, which has {_sides(shape)}, the end not included")
    return (*(0,) * (3 - dims), *low, *(1,) * (3 - dims), *high)


def _point(numbers: tuple[int, ...], text: str, shape: Sequence[int]) -> tuple[int, ...]:
    axes = _AXES[-len(shape) :]
    if len(numbers) != len(shape):
        raise UsageError(f"expected --point {','.join(axes)} for an image of {_sides(shape)} voxels, got {text}")
    for axis, at, n in zip(axes, numbers, shape, strict=True):
        if not 0 <= at < n:
            msg = f"expected --point {','.join(axes)} with 0 ≤ {axis} < {n}, got {text}"
            raise UsageError(f"{msg}; give it in voxels of the file, which has {_sides(shape)}")
    return (*(0,) * (3 - len(shape)), *numbers)


def _sides(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _mostly_inside(parts: Int[np.ndarray, "z y x"], place: tuple[slice, ...]) -> Int[np.ndarray, " n"]:
    inside = np.bincount(parts[place].ravel())
    whole = np.bincount(parts.ravel())[: len(inside)]
    named = np.flatnonzero((inside > 0) & (2 * inside >= whole))
    return named[named > 0]


def _best_part(probability: Float[np.ndarray, "z y x"], threshold: float) -> Bool[np.ndarray, "z y x"]:
    parts = connected_parts(probability > threshold)
    sums = np.bincount(parts.ravel(), weights=probability.ravel())
    sums[0] = 0
    return (parts == sums.argmax()) & (parts > 0)


def _holding(parts: Int[np.ndarray, "z y x"], point: tuple[int, ...]) -> Bool[np.ndarray, "z y x"]:
    z, y, x = point
    return (parts == parts[z, y, x]) & (parts > 0)
