"""Cracks: branching random walks, dark, with an edge that emits more electrons."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw
from scipy import ndimage

from lexiscope.simulate.glass.plan import SIZE
from lexiscope.simulate.glass.surface import BrightnessMap
from lexiscope.simulate.glass.visible_defect import VisibleDefect

_OVERSAMPLING = 4  # times as many pixels while lines are drawn
_STEP = 4.0  # pixels of a walk
_SHORTEST = 80.0  # pixels of the longest crack
_FOOT = 32  # rows at the foot that a data bar may cover

Path = list[tuple[float, float]]


def add_cracks(surface: BrightnessMap, rng: np.random.Generator) -> tuple[BrightnessMap, VisibleDefect]:
    """Surface with one to four cracks.

    Args:
        surface: Brightness of the surface; it is changed in place.
        rng: Source of number, place and shape.

    Returns:
        The surface, and measures of what was added.

    Example:
        >>> surface, visible = add_cracks(np.zeros(SIZE, np.float32), np.random.default_rng(0))
        >>> 0 < visible.share < 1
        True
    """
    count = int(rng.integers(1, 5))
    width = float(rng.uniform(1.3, 3.2))
    branched = bool(rng.random() < 0.5)
    paths = [list(_crack(rng, branched=branched)) for _ in range(count)]
    while max(_length(crack[0]) for crack in paths) < _SHORTEST:  # one is surely in view
        paths[0] = list(_crack(rng, branched=branched))
    opening = _drawn([path for crack in paths for path in crack], width, rng)
    edge = (ndimage.gaussian_filter(opening, 1.6) - 0.6 * opening).clip(0)
    depth = float(rng.uniform(0.22, 0.42))
    surface += depth * float(rng.uniform(0.3, 0.9)) * edge - depth * opening
    longest = max(_length(crack[0]) for crack in paths)
    shape = "branched" if branched else "straight"
    return surface, VisibleDefect(count, longest, shape, float((opening > 0.5).mean()))


def _crack(rng: np.random.Generator, *, branched: bool) -> Iterator[Path]:
    """The main path, then its branches; a crack comes in from a side or starts within."""
    start, heading = rng.uniform(0.15, 0.85, 2) * SIZE, float(rng.uniform(0, 2 * np.pi))
    if rng.random() < 0.5:
        start[0] = float(rng.choice([0, SIZE[0]]))
        heading = float(rng.uniform(0.2, 0.8) * np.pi * (1 if start[0] == 0 else -1))
    main = _walk(rng, (start[0], start[1]), heading, float(rng.uniform(110, 340)))
    yield main
    for _ in range(int(rng.integers(1, 4)) if branched else 0):
        at = main[int(rng.integers(len(main) // 4, len(main)))]
        aside = heading + float(rng.choice([-1, 1]) * rng.uniform(0.5, 1.2))
        yield _walk(rng, at, aside, float(rng.uniform(25, 110)))


def _walk(rng: np.random.Generator, start: tuple[float, float], heading: float, length: float) -> Path:
    path, aside = [start], 0.0
    for _ in range(int(length / _STEP)):
        kink = float(rng.normal(0, 0.6)) if rng.random() < 0.08 else 0.0
        aside = 0.93 * aside + float(rng.normal(0, 0.12)) + kink  # it wanders, but keeps its heading
        y, x = path[-1]
        path.append((y + _STEP * float(np.sin(heading + aside)), x + _STEP * float(np.cos(heading + aside))))
        if not (-20 < y < SIZE[0] + 20 and -20 < x < SIZE[1] + 20):
            break
    return path


def _drawn(paths: list[Path], width: float, rng: np.random.Generator) -> BrightnessMap:
    """Share of each pixel that is open: lines that taper to a tip."""
    canvas = Pillow.new("L", (SIZE[1] * _OVERSAMPLING, SIZE[0] * _OVERSAMPLING))
    pen = ImageDraw.Draw(canvas)
    for path in paths:
        for place, ((y0, x0), (y1, x1)) in enumerate(pairwise(path)):
            wide = width * _OVERSAMPLING * (1 - 0.75 * place / len(path)) * float(rng.uniform(0.8, 1.2))
            ends = (x0 * _OVERSAMPLING, y0 * _OVERSAMPLING, x1 * _OVERSAMPLING, y1 * _OVERSAMPLING)
            pen.line(ends, fill=255, width=max(3, round(wide)))
    small = canvas.resize((SIZE[1], SIZE[0]), Pillow.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def _length(path: Path) -> float:
    """Pixels of a path that lie in the picture."""
    return _STEP * sum(0 <= y < SIZE[0] - _FOOT and 0 <= x < SIZE[1] for y, x in path)
