"""Crystals: faceted grains, bundles of needles or dendrites, brighter than the glass around them."""

from collections.abc import Callable

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw
from scipy import ndimage

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import Map
from lexiscope.simulate.glass.visibility import Visibility

_FINER = 3  # times as many pixels while outlines are drawn

Outline = list[tuple[float, float]]
"""Corners, (x, y) pixels."""
Grow = Callable[[np.random.Generator, tuple[float, float], float], list[tuple[Outline, float]]]
"""Chance, middle and size of a crystal -> its parts, each with its brightness."""


def add_crystals(surface: Map, chance: np.random.Generator) -> tuple[Map, Visibility]:
    """Paint crystals of one habit; the surface is changed and given back with what was painted."""
    shape = str(chance.choice(list(_HABITS)))
    grow, sizes, most = _HABITS[shape]
    count = int(chance.integers(1, most))
    radii = chance.uniform(*sizes, size=count)
    canvas = Pillow.new("L", (SIZE[1] * _FINER, SIZE[0] * _FINER))
    pen = ImageDraw.Draw(canvas)
    for place, radius in enumerate(radii):
        low, high = (0.25, 0.75) if place == 0 else (0.08, 0.88)  # one is surely in view
        middle = (float(chance.uniform(low, high) * SIZE[1]), float(chance.uniform(low, high) * SIZE[0]))
        for outline, tone in grow(chance, middle, float(radius)):
            pen.polygon([(x * _FINER, y * _FINER) for x, y in outline], fill=round(255 * tone))
    painted = np.asarray(canvas.resize((SIZE[1], SIZE[0]), Pillow.Resampling.BOX), np.float32) / 255
    there = painted > 0.15
    trench = ndimage.gaussian_filter(there.astype(np.float32), 2.0) * ~there  # the glass around them is drained
    surface += painted * (float(chance.uniform(0.16, 0.34)) - 0.8 * surface) - 0.12 * trench
    return surface, Visibility(count, float(2 * radii.max()), shape, float(there.mean()))


def _faceted(chance: np.random.Generator, middle: tuple[float, float], radius: float) -> list[tuple[Outline, float]]:
    """A polygon and the faces that meet at a point above it, each lit differently."""
    corners = int(chance.integers(4, 8))
    turn = chance.uniform(0, 2 * np.pi)
    angles = turn + (np.arange(corners) + chance.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
    reach = radius * chance.uniform(0.75, 1.0, corners)
    rim = [(middle[0] + r * np.cos(a), middle[1] + r * np.sin(a)) for r, a in zip(reach, angles, strict=True)]
    apex = (middle[0] + 0.2 * radius * chance.normal(), middle[1] + 0.2 * radius * chance.normal())
    faces = zip(rim, [*rim[1:], rim[0]], strict=True)
    return [([one, two, apex], float(chance.uniform(0.45, 1.0))) for one, two in faces]


def _needles(chance: np.random.Generator, middle: tuple[float, float], radius: float) -> list[tuple[Outline, float]]:
    """Thin blades that grow from one point."""
    angles = chance.uniform(0, 2 * np.pi, int(chance.integers(6, 15)))
    return [
        (
            _blade(middle, angle, radius * chance.uniform(0.5, 1.0), wide=chance.uniform(1.4, 3.0)),
            chance.uniform(0.6, 1),
        )
        for angle in angles
    ]


def _dendrite(chance: np.random.Generator, middle: tuple[float, float], radius: float) -> list[tuple[Outline, float]]:
    """Arms with side arms, shorter towards the tip."""
    parts, turn, arms = [], chance.uniform(0, 2 * np.pi), int(chance.choice([4, 6]))
    for angle in turn + np.arange(arms) * 2 * np.pi / arms:
        reach = radius * chance.uniform(0.75, 1.0)
        parts.append((_blade(middle, angle, reach, wide=2.6), 0.95))
        for along in np.arange(0.25, 0.9, 0.16):
            foot = (middle[0] + along * reach * np.cos(angle), middle[1] + along * reach * np.sin(angle))
            for side in (-np.pi / 3, np.pi / 3):
                parts.append((_blade(foot, angle + side, 0.42 * reach * (1 - along), wide=2.0), 0.85))
    return parts


def _blade(foot: tuple[float, float], angle: float, length: float, *, wide: float) -> Outline:
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    corners = [foot - 0.5 * wide * across, foot + 0.75 * length * along - 0.4 * wide * across, foot + length * along]
    corners += [foot + 0.75 * length * along + 0.4 * wide * across, foot + 0.5 * wide * across]
    return [(float(x), float(y)) for x, y in corners]


_HABITS: dict[str, tuple[Grow, tuple[float, float], int]] = {  # how, radii in pixels, fewer than
    "faceted": (_faceted, (9, 26), 10),
    "needle-like": (_needles, (20, 55), 6),
    "dendritic": (_dendrite, (26, 60), 5),
}
