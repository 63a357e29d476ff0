"""Bubbles: round holes with a dark inside, a bright rim on the side of the detector."""

import numpy as np
from numpy.typing import NDArray

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import BrightnessMap
from lexiscope.simulate.glass.visible_defect import VisibleDefect

_RIM = 1.6  # pixels
_MARGIN = 8  # pixels around a bubble that it changes


def add_bubbles(surface: BrightnessMap, rng: np.random.Generator) -> tuple[BrightnessMap, VisibleDefect]:
    """Surface with a few bubbles, of one size or of many.

    Args:
        surface: Brightness of the surface; it is changed in place.
        rng: Source of number, place and shape.

    Returns:
        The surface, and measures of what was added.

    Example:
        >>> surface, visible = add_bubbles(np.zeros(SIZE, np.float32), np.random.default_rng(0))
        >>> 0 < visible.share < 1
        True
    """
    alike = rng.random() < 0.4
    base = float(rng.uniform(6, 16) if alike else rng.uniform(12, 30))
    count = int(rng.integers(3, 15) if alike else rng.integers(1, 8))
    radii = base * (rng.uniform(0.8, 1.2, count) if alike else rng.uniform(0.3, 1.0, count).clip(5 / base))
    radii[0] = base
    depth, light = float(rng.uniform(0.2, 0.36)), float(rng.uniform(0, 2 * np.pi))
    covered = np.zeros(SIZE, bool)
    for place, radius in enumerate(radii):
        middle = rng.uniform(*((0.25, 0.75) if place == 0 else (0.05, 0.9)), 2) * SIZE  # the first is surely in view
        _add_bubble(surface, covered, middle, float(radius), depth=depth, light=light, rng=rng)
    return surface, VisibleDefect(count, float(2 * radii.max()), "round", float(covered.mean()))


def _add_bubble(
    surface: BrightnessMap,
    covered: NDArray[np.bool_],
    middle: NDArray[np.float64],
    radius: float,
    *,
    depth: float,
    light: float,
    rng: np.random.Generator,
) -> None:
    top, left = (max(0, int(place - radius - _MARGIN)) for place in middle)
    part = surface[top : int(middle[0] + radius + _MARGIN), left : int(middle[1] + radius + _MARGIN)]
    y, x = np.indices(part.shape, dtype=np.float32)
    turn, flat = rng.uniform(0, np.pi), rng.uniform(0.72, 1.0)
    dy, dx = y + top - middle[0], x + left - middle[1]
    along, across = np.cos(turn) * dx + np.sin(turn) * dy, (np.cos(turn) * dy - np.sin(turn) * dx) / flat
    away = np.hypot(along, across) - radius  # pixels outside the wall, negative within
    inside = 1 / (1 + np.exp(away / 0.8))
    slope = (np.cos(light) * dx + np.sin(light) * dy) / radius
    rim = np.exp(-((away / _RIM) ** 2)) * (0.6 + 0.5 * slope.clip(-1, 1))
    part += inside * (0.4 * depth * slope - depth - 0.9 * part) + 1.1 * depth * rim
    covered[top : top + part.shape[0], left : left + part.shape[1]] |= away < 0
