"""The part of a page that belongs to each caption: what is drawn there and is no prose, nearest caption first.

Vector figures, bitmaps and their labels are alike: the page is rendered, prose is blanked, and what ink remains is
grouped into pieces. Each caption then takes pieces by growing from its edge (own definition, in the way of Prim).
"""

import heapq
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lexiscope.sources.papers.pdf.captions import Caption
from lexiscope.sources.papers.pdf.places import Box, area, overlap, union

_WHITE = 247  # grey values from here on are paper
_CLOSING = (7, 9)  # points up-down and left-right that one piece may have between its parts
_REACH = 110.0  # points from a caption to its figure
_GROWTH = 48.0  # points from a figure's piece to its next
_ASIDE = 2.5  # how much farther things beside seem than things above
_BELOW = 3.0  # how much farther a figure below its caption seems than one above
_LEAST_SIDE = 24.0  # points of a figure's shorter side
_RULE = 3.5  # points; thinner pieces that are long are rules
_LONG_RULE = 100.0
_BAND = 0.6  # share of the page's width from which ink at the page's edge is decoration
_FRAME = 4  # points of a frame's line with its shadow
_CROSSED = 0.12  # share of a region that prose may overlap


def find_regions(
    pixels: NDArray[np.uint8], *, scale: int, captions: Sequence[Caption], prose: Sequence[Box]
) -> list[Box | None]:
    """The region of each caption of one page in points, or None where nothing drawn belongs to it.

    Args:
        pixels: The rendered page, (y, x, 3).
        scale: Pixels a point.
        captions: Captions of figures and of tables; tables take what is below them, so that figures do not.
        prose: Boxes of running text, captions' own included.
    """
    ink = _ink(pixels, scale)
    boxes = [caption.box for caption in captions]
    _remove_decoration(ink, boxes)
    for box in [*prose, *boxes]:
        _blank(ink, box)
    regions = _grow(captions, _pieces(ink), prose)
    return [_whole(region, caption, ink) for region, caption in zip(regions, captions, strict=True)]


def _ink(pixels: NDArray[np.uint8], scale: int) -> NDArray[np.bool_]:
    """Mask of everything drawn, one value a point."""
    height, width = (side // scale * scale for side in pixels.shape[:2])
    rows = pixels[:height:scale]
    for offset in range(1, scale):
        rows = np.minimum(rows, pixels[offset:height:scale])
    values = rows[:, :width].reshape(len(rows), width // scale, -1)
    return np.asarray((values < _WHITE).any(axis=-1))


def _remove_decoration(ink: NDArray[np.bool_], captions: Sequence[Box]) -> None:
    """Take out bands and bars at the page's edges, long rules, and frames that hold a caption beside its figure."""
    labels, _ = ndimage.label(ink)
    height, width = ink.shape
    for number, window in enumerate(ndimage.find_objects(labels), start=1):
        down, across = window
        outer = (float(across.start), float(down.start), float(across.stop), float(down.stop))
        of_object = labels[window] == number
        if not _is_decoration(outer, height=height, width=width):
            if not any(area(overlap(outer, box)) > 0.5 * area(box) for box in captions):
                continue
            of_object[_FRAME:-_FRAME, _FRAME:-_FRAME] = False
        ink[window] &= ~of_object


def _is_decoration(box: Box, *, height: int, width: int) -> bool:
    """True for a band or bar at the page's edge and for a long rule."""
    left, top, right, bottom = box
    tall, wide = bottom - top, right - left
    at_edge = min(left, top) <= 2 or bottom >= height - 2 or right >= width - 2
    band = at_edge and ((wide >= _BAND * width and tall < 0.15 * height) or wide < 0.08 * width)
    return band or (min(tall, wide) <= _RULE and max(tall, wide) > _LONG_RULE)


def _blank(ink: NDArray[np.bool_], box: Box) -> None:
    left, top, right, bottom = box
    ink[max(0, int(top) - 1) : int(bottom) + 2, max(0, int(left) - 2) : int(right) + 3] = False


def _pieces(ink: NDArray[np.bool_]) -> list[Box]:
    near = ndimage.maximum_filter(ink.astype(np.uint8), size=_CLOSING)
    labels, _ = ndimage.label(near)
    pieces = []
    for number, window in enumerate(ndimage.find_objects(labels), start=1):
        of_object = ink[window] & (labels[window] == number)
        rows, columns = np.flatnonzero(of_object.any(axis=1)), np.flatnonzero(of_object.any(axis=0))
        if len(rows) == 0 or (min(of_object.shape) - min(_CLOSING) <= _RULE and max(of_object.shape) > _LONG_RULE):
            continue  # nothing, or a dotted rule
        top, left = window[0].start, window[1].start
        box = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
        pieces.append((float(box[0]), float(box[1]), float(box[2]), float(box[3])))
    return pieces


def _grow(captions: Sequence[Caption], pieces: list[Box], prose: Sequence[Box]) -> list[Box | None]:
    regions: list[Box | None] = [None] * len(captions)
    barriers = [*prose, *(caption.box for caption in captions)]
    free = set(range(len(pieces)))
    queue = _within_reach(captions, pieces)
    while queue:
        _, who, what = heapq.heappop(queue)
        if what not in free:
            continue
        region = regions[who]
        grown = pieces[what] if region is None else union(region, pieces[what])
        if not _allowed(grown, captions[who], barriers, [*regions[:who], *regions[who + 1 :]]):
            continue
        free.remove(what)
        regions[who] = grown
        for other in free:
            distance = _apart(grown, pieces[other])
            if distance <= _GROWTH and _right_side(captions[who], pieces[other]):
                heapq.heappush(queue, (distance, who, other))
    return regions


def _within_reach(captions: Sequence[Caption], pieces: Sequence[Box]) -> list[tuple[float, int, int]]:
    """Heap of (distance, caption, piece)."""
    pairs = product(range(len(captions)), range(len(pieces)))
    queue = [(_from_caption(captions[who], pieces[what]), who, what) for who, what in pairs]
    queue = [item for item in queue if item[0] <= _REACH]
    heapq.heapify(queue)
    return queue


def _from_caption(caption: Caption, box: Box) -> float:
    """Apparent distance of a piece from a caption; infinite on the wrong side."""
    left, top, right, bottom = caption.box
    above, below = top - box[3], box[1] - bottom
    across = min(right, box[2]) - max(left, box[0])
    if caption.name is None:
        return below if below >= -3 and across > 0 else float("inf")
    if above >= -3 and across > 0:
        return max(0.0, above)
    if below >= -3 and across > 0:
        return _BELOW * max(0.0, below) + 20
    beside = max(left - box[2], box[0] - right)
    level = min(bottom, box[3]) - max(top, box[1])
    return _ASIDE * beside + 20 if beside >= -3 and level > 0.3 * (bottom - top) else float("inf")


def _right_side(caption: Caption, box: Box) -> bool:
    """Tables take only what is below their caption."""
    return caption.name is not None or box[1] >= caption.box[3] - 3


def _apart(region: Box, box: Box) -> float:
    across = max(region[0] - box[2], box[0] - region[2], 0.0)
    down = max(region[1] - box[3], box[1] - region[3], 0.0)
    return down + _ASIDE * across


def _allowed(grown: Box, caption: Caption, barriers: Sequence[Box], others: Sequence[Box | None]) -> bool:
    """True when a region may grow so far: not over prose, another caption or another figure; its caption may be cut."""
    if any(other is not None and area(overlap(grown, other)) > 0.02 * area(other) for other in others):
        return False
    between = union(grown, caption.box)
    for barrier in barriers:
        if barrier == caption.box:
            continue
        if area(overlap(grown, barrier)) > _CROSSED * area(barrier):
            return False
        if _stands_between(barrier, grown, caption.box, between):
            return False
    return area(overlap(grown, caption.box)) <= 0.5 * area(caption.box)


def _stands_between(barrier: Box, region: Box, caption: Box, between: Box) -> bool:
    shared = overlap(barrier, between)
    if shared is None or area(shared) < 0.6 * area(barrier):
        return False
    lower, upper = (caption, region) if caption[1] >= region[3] - 3 else (region, caption)
    if barrier[1] < upper[3] - 2 or barrier[3] > lower[1] + 2:
        return False
    left, right = max(region[0], caption[0]), min(region[2], caption[2])
    return min(barrier[2], right) - max(barrier[0], left) > 0.3 * max(1.0, right - left)


def _whole(region: Box | None, caption: Caption, ink: NDArray[np.bool_]) -> Box | None:
    if region is None or caption.name is None or min(region[2] - region[0], region[3] - region[1]) < _LEAST_SIDE:
        return None
    height, width = ink.shape
    left, top, right, bottom = region
    return (max(0.0, left - 1), max(0.0, top - 1), min(float(width), right + 1), min(float(height), bottom + 1))
