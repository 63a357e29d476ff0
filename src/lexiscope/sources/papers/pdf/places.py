"""Places on a page: boxes in points from the upper left corner of the page as shown, and of the page turned upright."""

from dataclasses import dataclass
from typing import Any, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""(left, top, right, bottom) in points, 1/72 inch, from the upper left corner of the page as shown."""


@dataclass(frozen=True, slots=True)
class Placing:
    """How a page of pypdfium2, whose origin is at the lower left before rotation, is shown.

    Args:
        crop: (left, bottom, right, top) of the part that is shown.
        rotation: Degrees by which it is turned with the clock.
    """

    crop: tuple[float, float, float, float]
    rotation: int

    @staticmethod
    def of(page: Any) -> "Placing":
        """The placing of a page."""
        left, bottom, right, top = page.get_cropbox()
        return Placing((left, bottom, right, top), page.get_rotation())

    @property
    def page(self) -> Box:
        """The whole page as shown."""
        return self.place(*self.crop)

    def place(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """The box, as shown, of corners that the file gives."""
        left, bottom, right, top = self.crop
        if self.rotation == 90:
            return (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
        if self.rotation == 180:
            return (right - x1, y0 - bottom, right - x0, y1 - bottom)
        if self.rotation == 270:
            return (top - y1, right - x1, top - y0, right - x0)
        return (x0 - left, top - y1, x1 - left, top - y0)


def turned(box: Box, turn: int, *, width: float, height: float) -> Box:
    """A box of a page, on that page turned so that text which stands at `turn` degrees is upright.

    Args:
        turn: 0, 90, 180 or 270 degrees against the clock.
        width: Width of the page before it is turned, in points.
        height: Height of the page before it is turned, in points.

    Example:
        >>> turned((10, 20, 30, 60), 90, width=100, height=200)
        (140, 10, 180, 30)
        >>> turned((140, 10, 180, 30), 270, width=200, height=100)
        (10, 20, 30, 60)
    """
    left, top, right, bottom = box
    if turn == 90:
        return (height - bottom, left, height - top, right)
    if turn == 180:
        return (width - right, height - bottom, width - left, height - top)
    if turn == 270:
        return (top, width - right, bottom, width - left)
    return box


def union(*boxes: Box) -> Box:
    """The smallest box around all of them.

    Example:
        >>> union((0, 0, 2, 2), (1, 1, 5, 3))
        (0, 0, 5, 3)
    """
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def overlap(first: Box, second: Box) -> Box | None:
    """Intersection of two boxes, or None.

    Example:
        >>> overlap((0, 0, 2, 2), (1, 1, 5, 3)), overlap((0, 0, 1, 1), (2, 2, 3, 3))
        ((1, 1, 2, 2), None)
    """
    left, top = max(first[0], second[0]), max(first[1], second[1])
    right, bottom = min(first[2], second[2]), min(first[3], second[3])
    return (left, top, right, bottom) if right > left and bottom > top else None


def area(box: Box | None) -> float:
    """In square points; 0 of None.

    Example:
        >>> area((0, 0, 2, 3)), area(None)
        (6, 0.0)
    """
    return 0.0 if box is None else (box[2] - box[0]) * (box[3] - box[1])
