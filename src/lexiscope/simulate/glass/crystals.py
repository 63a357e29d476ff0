"""Crystals: faceted grains, bundles of needles or dendrites, brighter than the glass around them."""

from collections.abc import Callable

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw
from scipy import ndimage

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import BrightnessMap
from lexiscope.simulate.glass.visible_defect import VisibleDefect

_OVERSAMPLING = 3  # times as many pixels while outlines are drawn

Outline = list[tuple[float, float]]
"""Corners, (x, y) pixels."""
Grow = Callable[[np.random.Generator, tuple[float, float], float], list[tuple[Outline, float]]]
"""Random generator, middle and size of a crystal -> its parts, each with its brightness."""


def add_crystals(surface: BrightnessMap, rng: np.random.Generator) -> tuple[BrightnessMap, VisibleDefect]:
    """Surface with crystals of one habit.

    Args:
        surface: Brightness of the surface; it is changed in place.
        rng: Source of number, place and shape.

    Returns:
        The surface, and measures of what was added.

    Example:
        >>> surface, visible = add_crystals(np.zeros(SIZE, np.float32), np.random.default_rng(0))
        >>> 0 < visible.share < 1
        True
    """
    shape = str(rng.choice(list(_HABITS)))
    grow, sizes, most = _HABITS[shape]
    count = int(rng.integers(1, most))
    radii = rng.uniform(*sizes, size=count)
    canvas = Pillow.new("L", (SIZE[1] * _OVERSAMPLING, SIZE[0] * _OVERSAMPLING))
    pen = ImageDraw.Draw(canvas)
    for place, radius in enumerate(radii):
        low, high = (0.25, 0.75) if place == 0 else (0.08, 0.88)  # one is surely in view
        middle = (float(rng.uniform(low, high) * SIZE[1]), float(rng.uniform(low, high) * SIZE[0]))
        for outline, tone in grow(rng, middle, float(radius)):
            pen.polygon([(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in outline], fill=round(255 * tone))
    tones = np.asarray(canvas.resize((SIZE[1], SIZE[0]), Pillow.Resampling.BOX), np.float32) / 255
    covered = tones > 0.15
    trench = ndimage.gaussian_filter(covered.astype(np.float32), 2.0) * ~covered  # the glass around them is drained
    surface += tones * (float(rng.uniform(0.16, 0.34)) - 0.8 * surface) - 0.12 * trench
    return surface, VisibleDefect(count, float(2 * radii.max()), shape, float(covered.mean()))


def _faceted(rng: np.random.Generator, middle: tuple[float, float], radius: float) -> list[tuple[Outline, float]]:
    """A polygon and the faces that meet at a point above it, each lit differently."""
    corners = int(rng.integers(4, 8))
    turn = rng.uniform(0, 2 * np.pi)
    angles = turn + (np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
    reach = radius * rng.uniform(0.75, 1.0, corners)
    rim = [(middle[0] + r * np.cos(a), middle[1] + r * np.sin(a)) for r, a in zip(reach, angles, strict=True)]
    apex = (middle[0] + 0.2 * radius * rng.normal(), middle[1] + 0.2 * radius * rng.normal())
    faces = zip(rim, [*rim[1:], rim[0]], strict=True)
    return [([one, two, apex], float(rng.uniform(0.45, 1.0))) for one, two in faces]


def _needles(rng: np.random.Generator, middle: tuple[float, float], radius: float) -> list[tuple[Outline, float]]:
    """Thin blades that grow from one point."""
    angles = rng.uniform(0, 2 * np.pi, int(rng.integers(6, 15)))
    return [
        (
            _blade(middle, angle, radius * rng.uniform(0.5, 1.0), wide=rng.uniform(1.4, 3.0)),
            rng.uniform(0.6, 1),
        )
        for angle in angles
    ]


def _dendrite(rng: np.random.Generator, middle: tuple[float, float], radius: float) -> list[tuple[Outline, float]]:
    """Arms with side arms, shorter towards the tip."""
    parts, turn, arms = [], rng.uniform(0, 2 * np.pi), int(rng.choice([4, 6]))
    for angle in turn + np.arange(arms) * 2 * np.pi / arms:
        reach = radius * rng.uniform(0.75, 1.0)
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
