"""What a page shows of its text: what lies within its clips, and where in doubt, what leaves ink."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.sources.papers.pdf.drawn import PALE, Drawn
from lexiscope.sources.papers.pdf.places import Box, Placing, overlap

_FLAT = 12  # grey values by which ink must differ from what is around it
_FAR = 200  # grey values between a letter's colour and the nearest that its place shows
_SCALE = 2  # pixels a point
_LONGEST = 3000.0  # pixels of the longer side
_SMALLEST = 0.2  # points of width and height of a letter that can be seen
_NOWHERE = (math.inf, math.inf, -math.inf, -math.inf)
_EDGE = 0.5  # points that a letter's middle may lie beyond a clip


@dataclass(slots=True)
class Ink:
    """Grey values of the page as shown, rendered when they are first asked for."""

    page: Any
    _pixels: NDArray[np.uint8] | None = field(default=None, init=False)
    _scale: float = field(default=1.0, init=False)

    def at(self, box: Box) -> NDArray[np.uint8]:
        """(y, x) values within a box in points; empty outside the page."""
        if self._pixels is None:
            self._scale = min(_SCALE, _LONGEST / max(1.0, *self.page.get_size()))
            bitmap = self.page.render(scale=self._scale, grayscale=True, may_draw_forms=False)
            try:
                pixels = bitmap.to_numpy()
                self._pixels = np.array(pixels[..., 0] if pixels.ndim == 3 else pixels)
            finally:
                bitmap.close()
        left, top, right, bottom = (max(0, round(edge * self._scale)) for edge in box)
        return self._pixels[top : max(bottom, top + 1), left : max(right, left + 1)]


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a page shows a text, with boxes as shown; what must be looked at is looked at letter by letter.

    Args:
        within: Part of the page in which the middle of a letter must lie; None where nothing of it is shown.
        covers: Pictures and filled shapes drawn over it.
        doubtful: True where ink must be looked for.
    """

    text: Drawn
    within: Box | None
    covers: tuple[Box, ...]
    doubtful: bool

    @staticmethod
    def on_page(text: Drawn, placing: Placing) -> "Shown":
        """The text on a page that is shown so."""
        page = placing.page
        within = page if text.clip is None else overlap(page, placing.place(*text.clip))
        if within is not None:
            within = (within[0] - _EDGE, within[1] - _EDGE, within[2] + _EDGE, within[3] + _EDGE)
        covers = tuple(placing.place(*cover) for cover in text.covers)
        return Shown(text, None if text.invisible else within, covers, text.pale or text.optional or bool(covers))

    @property
    def may_be_layer(self) -> bool:
        """True for a text that could belong to a layer of recognised words, below or above a scan's picture."""
        return self.text.invisible or bool(self.covers)

    def has_ink(self, box: Box, ink: Ink) -> bool:
        """True when the letter in a box, which could be hidden, is seen there."""
        text, middle = self.text, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        if not (text.pale or text.optional or any(_holds(cover, middle) for cover in self.covers)):
            return True
        values = ink.at(box)
        if values.size == 0 or int(values.max()) - int(values.min()) < _FLAT:
            return False
        if text.pale and float(np.median(values)) >= PALE:
            return False
        return text.grey is None or float(np.abs(values - np.float32(text.grey)).min()) <= _FAR


def are_shown(
    texts: Sequence[Shown | None],
    which: NDArray[np.intp],
    boxes: NDArray[np.float64],
    ink: Ink,
    *,
    blank: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """(n,) True for every letter that the page shows.

    Args:
        texts: Texts that letters belong to; None for one that the page does not draw, whose letters are taken as shown.
        which: (n,) number of each letter's text.
        boxes: (4, n) left, top, right and bottom of letters on the page as shown.
        blank: (n,) True for white space, for which no ink is looked for.
    """
    left, top, right, bottom = boxes
    across, down = (left + right) / 2, (top + bottom) / 2
    within = np.array([_within(text) for text in texts]).reshape(-1, 4)[which].T
    inside = (within[0] <= across) & (across <= within[2]) & (within[1] <= down) & (down <= within[3])
    tiny = (right - left < _SMALLEST) & (bottom - top < _SMALLEST)
    drawn = np.array([text is not None for text in texts], bool)[which]
    doubtful = np.array([text is not None and text.doubtful for text in texts], bool)[which]
    shown = ~drawn | (inside & ~tiny)
    for place in np.flatnonzero(shown & doubtful & ~blank).tolist():
        text, box = texts[which[place]], boxes[:, place].tolist()
        shown[place] = text is None or text.has_ink((box[0], box[1], box[2], box[3]), ink)
    return shown


def _within(text: Shown | None) -> Box:
    return _NOWHERE if text is None or text.within is None else text.within


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] - _EDGE <= point[0] <= box[2] + _EDGE and box[1] - _EDGE <= point[1] <= box[3] + _EDGE
