"""A compound figure -> its panels, by cutting along gutters: the widest gutter that spans a block first.

The recursive XY-cut of Nagy and Seth (1984), best gutter first instead of depth first, and stopped at the number of
panels that the caption names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Box: TypeAlias = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels, right and bottom after the last."""
_Gaps: TypeAlias = Callable[["_Sheet", Box, int], Iterator[tuple[int, int, float]]]

_NEAR = 24  # grey values by which a gutter may differ from the background, JPEG's ringing included
_CLEAN = 0.992  # share of a gutter's pixels that are background
_CROSSED = 0.88  # the same of a gutter that an arrow or a label crosses
_STEP = 12  # grey values between neighbours at the seam of two pictures without a gutter
_SEAM = 0.5  # share of a seam's length with such a step
_SEAM_OVER = 1.8  # times the usual share
_MOST_PAPER = 0.3  # share of background in a block of pictures
_BETWEEN = 8.0  # how much more a cut between letters counts
_ROW = 0.3  # share of the lower box's height by which tops of one row differ
_LEAST_SIDE = 16  # pixels of a figure that is worth cutting
_LEAST_GUTTER = 2  # pixels
_LEAST_SHARE = 0.35  # a panel's share, at least, of the side it would have in a square grid
_MOST_UNEVEN = 60.0  # largest panel's area over the smallest's
_BORDER = 0.6  # share of the border that must agree on a background other than white


@dataclass(frozen=True, slots=True)
class Panels:
    """Panels that a figure was cut into.

    Args:
        boxes: Boxes of the panels, row after row; empty when the figure stays whole.
        reason: Reason why the figure stays whole; empty when it was cut.
    """

    boxes: tuple[Box, ...]
    reason: str = ""


def split_panels(pixels: NDArray[Any], *, count: int, letters: Sequence[tuple[float, float]] = ()) -> Panels:
    """Cut a figure into `count` panels.

    Args:
        pixels: (y, x) or (y, x, 3), 8 bits.
        count: Panels that the caption names.
        letters: Places (x, y) of panel letters, when they were read; cuts between letters come first then.

    Example:
        >>> figure = np.full((60, 130, 3), 255, np.uint8)
        >>> figure[5:55, 5:60] = figure[5:55, 70:125] = 80
        >>> split_panels(figure, count=2).boxes
        ((5, 5, 60, 55), (70, 5, 125, 55))
        >>> split_panels(figure, count=3).reason
        'the caption names 3 panels, gutters divide 2'
    """
    if count < 2:
        return Panels((), "the caption names no panels")
    leaves = _cut(_Sheet.of(pixels, letters), count)
    if len(leaves) != count:
        return Panels((), f"the caption names {count} panels, gutters divide {len(leaves)}")
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in leaves]
    if max(areas) > _MOST_UNEVEN * min(areas):
        return Panels((), f"the gutters divide pieces too uneven for {count} panels")
    return Panels(tuple(_by_rows(leaves)))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A figure as it is cut.

    Args:
        paper: (y, x) where it shows its background: white, or what its border agrees on.
        grey: (y, x) its brightness.
        letters: (x, y) of panel letters.
    """

    paper: NDArray[np.bool_]
    grey: NDArray[np.int16]
    letters: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, pixels: NDArray[Any], letters: Sequence[tuple[float, float]]) -> "_Sheet":
        values = (pixels if pixels.ndim == 3 else pixels[..., None]).astype(np.int16)
        border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
        middle = np.median(border, axis=0)
        agreed = float((np.abs(border - middle).max(axis=-1) <= _NEAR).mean())
        background = (middle if agreed >= _BORDER else np.full(values.shape[-1], 255.0)).astype(np.int16)
        paper = np.abs(values - background).max(axis=-1) <= _NEAR
        return cls(np.asarray(paper), np.asarray(values.mean(axis=-1).astype(np.int16)), tuple(letters))

    def lettered(self, box: Box) -> int:
        """Letters inside a box."""
        return sum(box[0] <= x < box[2] and box[1] <= y < box[3] for x, y in self.letters)


def _cut(sheet: _Sheet, count: int) -> list[Box]:
    """Cut along clean gutters; where those do not suffice, along crossed ones and seams too."""
    whole = _trimmed(sheet, (0, 0, sheet.paper.shape[1], sheet.paper.shape[0]))
    if _shorter(whole) < _LEAST_SIDE:
        return []
    least = _LEAST_SHARE * float(np.sqrt((whole[2] - whole[0]) * (whole[3] - whole[1]) / count))
    leaves = _cut_on(sheet, [whole], count, least, gaps=_crossed if len(sheet.letters) > 1 else _gutters)
    if 1 < len(leaves) < count:
        leaves = _cut_on(sheet, leaves, count, least, gaps=_crossed)
    if len(leaves) < count:
        leaves = _cut_on(sheet, leaves, count, least, gaps=_seams)
    return leaves


def _cut_on(sheet: _Sheet, leaves: list[Box], count: int, least: float, *, gaps: _Gaps) -> list[Box]:
    leaves = list(leaves)
    options = [option for leaf in leaves for option in _options(sheet, leaf, least, gaps)]
    while len(leaves) < count and options:
        _, block, halves = max(options, key=lambda option: option[0])
        leaves = [leaf for leaf in leaves if leaf != block] + list(halves)
        options = [option for option in options if option[1] != block]
        for half in halves:
            options += _options(sheet, half, least, gaps)
    return leaves


def _options(sheet: _Sheet, block: Box, least: float, gaps: _Gaps) -> Iterator[tuple[float, Box, tuple[Box, Box]]]:
    """Every cut of a block along a gap that spans it, with its score: wide and near the middle is better."""
    left, top, right, bottom = block
    for axis, extent in ((0, bottom - top), (1, right - left)):
        for start, stop, weight in gaps(sheet, block, axis):
            if start < least or extent - stop < least:
                continue
            if axis == 0:
                halves = (left, top, right, top + start), (left, top + stop, right, bottom)
            else:
                halves = (left, top, left + start, bottom), (left + stop, top, right, bottom)
            one, two = (_trimmed(sheet, half) for half in halves)
            if min(_shorter(one), _shorter(two)) >= least:
                balance = min(start, extent - stop) / (0.5 * extent)
                parts = 1.0
                if len(sheet.letters) > 1:
                    parts = _BETWEEN if sheet.lettered(halves[0]) and sheet.lettered(halves[1]) else 1 / _BETWEEN
                yield weight * parts * (0.5 + balance), block, (one, two)


def _gutters(sheet: _Sheet, block: Box, axis: int) -> Iterator[tuple[int, int, float]]:
    """(start, stop, weight) of clean gutters across a block."""
    return _of_paper(sheet, block, axis, clean=_CLEAN)


def _crossed(sheet: _Sheet, block: Box, axis: int) -> Iterator[tuple[int, int, float]]:
    """(start, stop, weight) of gutters that an arrow or a label crosses."""
    return _of_paper(sheet, block, axis, clean=_CROSSED)


def _of_paper(sheet: _Sheet, block: Box, axis: int, *, clean: float) -> Iterator[tuple[int, int, float]]:
    left, top, right, bottom = block
    shares = sheet.paper[top:bottom, left:right].mean(axis=1 - axis)
    runs = _runs(shares >= clean)
    return ((start, stop, float(stop - start)) for start, stop in runs if stop - start >= _LEAST_GUTTER)


def _seams(sheet: _Sheet, block: Box, axis: int) -> Iterator[tuple[int, int, float]]:
    """(start, stop, weight) of seams between two pictures that touch."""
    left, top, right, bottom = block
    if sheet.paper[top:bottom, left:right].mean() > _MOST_PAPER:
        return
    steps = np.abs(np.diff(sheet.grey[top:bottom, left:right], axis=axis)) >= _STEP
    edges = steps.mean(axis=1 - axis)
    for place in np.flatnonzero((edges >= _SEAM) & (edges >= _SEAM_OVER * np.median(edges))):
        yield int(place) + 1, int(place) + 1, float(edges[place])


def _runs(clean: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], clean.astype(np.int8), [0]])))
    return ((int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True))


def _trimmed(sheet: _Sheet, box: Box) -> Box:
    left, top, right, bottom = box
    ink = ~sheet.paper[top:bottom, left:right]
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(rows) == 0:
        return (left, top, left, top)
    return (left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)


def _shorter(box: Box) -> int:
    return min(box[2] - box[0], box[3] - box[1])


def _by_rows(boxes: list[Box]) -> list[Box]:
    """Reading order: boxes that begin at about one height share a row, however tall they are."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box[1]):
        first = rows[-1][0] if rows else None
        if first is not None and box[1] - first[1] <= _ROW * min(box[3] - box[1], first[3] - first[1]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row)]
