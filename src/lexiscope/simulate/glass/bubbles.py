"""Bubbles: round holes with a dark inside, a bright rim on the side of the detector."""

import numpy as np
from numpy.typing import NDArray

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import Map
from lexiscope.simulate.glass.visibility import Visibility

_RIM = 1.6  # pixels
_MARGIN = 8  # pixels around a bubble that it changes


def add_bubbles(surface: Map, chance: np.random.Generator) -> tuple[Map, Visibility]:
    """Paint a few bubbles, of one size or of many; the surface is changed and given back with what was painted."""
    alike = chance.random() < 0.4
    base = float(chance.uniform(6, 16) if alike else chance.uniform(12, 30))
    count = int(chance.integers(3, 15) if alike else chance.integers(1, 8))
    radii = base * (chance.uniform(0.8, 1.2, count) if alike else chance.uniform(0.3, 1.0, count).clip(5 / base))
    radii[0] = base
    depth, light = float(chance.uniform(0.2, 0.36)), float(chance.uniform(0, 2 * np.pi))
    covered = np.zeros(SIZE, bool)
    for place, radius in enumerate(radii):
        middle = chance.uniform(*((0.25, 0.75) if place == 0 else (0.05, 0.9)), 2) * SIZE  # one is surely in view
        _paint(surface, covered, middle, float(radius), depth=depth, light=light, chance=chance)
    return surface, Visibility(count, float(2 * radii.max()), "round", float(covered.mean()))


def _paint(
    surface: Map,
    covered: NDArray[np.bool_],
    middle: NDArray[np.float64],
    radius: float,
    *,
    depth: float,
    light: float,
    chance: np.random.Generator,
) -> None:
    top, left = (max(0, int(place - radius - _MARGIN)) for place in middle)
    part = surface[top : int(middle[0] + radius + _MARGIN), left : int(middle[1] + radius + _MARGIN)]
    y, x = np.indices(part.shape, dtype=np.float32)
    turn, flat = chance.uniform(0, np.pi), chance.uniform(0.72, 1.0)
    dy, dx = y + top - middle[0], x + left - middle[1]
    along, across = np.cos(turn) * dx + np.sin(turn) * dy, (np.cos(turn) * dy - np.sin(turn) * dx) / flat
    away = np.hypot(along, across) - radius  # pixels outside the wall, negative within
    inside = 1 / (1 + np.exp(away / 0.8))
    slope = (np.cos(light) * dx + np.sin(light) * dy) / radius
    rim = np.exp(-((away / _RIM) ** 2)) * (0.6 + 0.5 * slope.clip(-1, 1))
    part += inside * (0.4 * depth * slope - depth - 0.9 * part) + 1.1 * depth * rim
    covered[top : top + part.shape[0], left : left + part.shape[1]] |= away < 0
