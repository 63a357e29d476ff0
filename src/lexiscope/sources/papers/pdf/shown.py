"""What a page shows of its text: clips, modes of rendering, covers drawn over it, colours without contrast."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.sources.papers.pdf.places import Box, Placing, overlap

_MAX_OBJECTS = 200_000  # of one page, those of forms included
_MAX_DEPTH = 12  # forms within forms
_UNSEEN_MODES = (3, 7)  # neither fill nor stroke; clip only (ISO 32000-1, 9.3.6)
_PALE = 235  # values of all three colours from which letters are paper on paper
_FLAT = 12  # grey values by which ink must differ from what is around it
_FAR = 200  # grey values between a letter's colour and the nearest that its place shows
_COVER = (12.0, 5.0)  # points of width and height from which a shape can hide words
_SCALE = 2  # pixels a point
_LONGEST = 3000.0  # pixels of the longer side
_SMALLEST = 1.0  # points of width or height from which a letter can be read
_EDGE = 0.5  # points that a letter's middle may lie beyond a clip


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a file draws one of a page's texts; boxes are (left, bottom, right, top) in the file's coordinates.

    Args:
        clip: Box outside which nothing is shown; None for no clip.
        invisible: True for a mode of rendering without ink.
        grey: Brightness of the letters, from 0 to 255; None where a pattern fills them.
        pale: True for letters in the colour of paper.
        covers: Pictures and filled shapes drawn over it afterwards.
        optional: True for a layer that can be switched off.
    """

    clip: Box | None
    invisible: bool
    grey: float | None
    pale: bool
    covers: tuple[Box, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class DrawnTexts:
    """The texts of a page by the addresses of their objects, and the boxes of its pictures."""

    texts: dict[int, Drawn]
    pictures: list[Box]


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

    def letter(self, box: Box, ink: Ink) -> bool:
        """True when the page shows the letter in a box."""
        left, top, right, bottom = box
        across, down = (left + right) / 2, (top + bottom) / 2
        within = self.within
        if within is None or (right - left < _SMALLEST and bottom - top < _SMALLEST):
            return False
        if not (within[0] <= across <= within[2] and within[1] <= down <= within[3]):
            return False
        return not self.doubtful or self._has_ink(box, (across, down), ink)

    def _has_ink(self, box: Box, middle: tuple[float, float], ink: Ink) -> bool:
        text = self.text
        if not (text.pale or text.optional or any(_holds(cover, middle) for cover in self.covers)):
            return True
        values = ink.at(box)
        if values.size == 0 or int(values.max()) - int(values.min()) < _FLAT:
            return False
        if text.pale and float(np.median(values)) >= _PALE:
            return False
        return text.grey is None or float(np.abs(values - np.float32(text.grey)).min()) <= _FAR


def drawn_texts(page: Any) -> DrawnTexts:
    """How every text of a page is drawn."""
    import pypdfium2.raw as pdfium

    texts: dict[int, Drawn] = {}
    boxes: list[tuple[int, Box]] = []
    covers: list[tuple[int, Box]] = []
    pictures: list[Box] = []
    for order, (item, matrix, clip) in enumerate(_objects(page)):
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            address = ctypes.cast(item, ctypes.c_void_p).value or 0
            texts[address] = _drawn(item, clip)
            boxes.append((order, _bounds(item, matrix)))
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE or (texts and _is_filled(item)):
            shown = _shown_part(_bounds(item, matrix), clip)
            if shown is None:
                continue
            covers.append((order, shown))
            if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                pictures.append(shown)
    return DrawnTexts(_with_covers(texts, boxes, covers), pictures)


def _shown_part(box: Box, clip: Box | None) -> Box | None:
    """Part of a picture or shape inside its clip; None where it is too small to hide words, or wholly outside."""
    if box[2] - box[0] < _COVER[0] or box[3] - box[1] < _COVER[1]:
        return None
    return box if clip is None else overlap(box, clip)


def _with_covers(
    texts: dict[int, Drawn], boxes: list[tuple[int, Box]], covers: list[tuple[int, Box]]
) -> dict[int, Drawn]:
    if not covers:
        return texts
    covered = {}
    for (address, text), (order, box) in zip(texts.items(), boxes, strict=True):
        over = tuple(cover for later, cover in covers if later > order and overlap(cover, box) is not None)
        covered[address] = text if not over else _replaced(text, over)
    return covered


def _replaced(text: Drawn, covers: tuple[Box, ...]) -> Drawn:
    return Drawn(text.clip, text.invisible, text.grey, text.pale, covers, text.optional)


def _objects(page: Any) -> Iterator[tuple[Any, Any, Box | None]]:
    """Objects of a page and of its forms, in the order of drawing, with their matrix and clip."""
    import pypdfium2.raw as pdfium

    identity = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
    count = pdfium.FPDFPage_CountObjects(page)
    top = (pdfium.FPDFPage_GetObject(page, number) for number in range(count))
    waiting: list[tuple[Iterator[Any], Any, Box | None]] = [(top, identity, None)]
    left = _MAX_OBJECTS
    while waiting and left:
        items, matrix, outer = waiting[-1]
        item = next(items, None)
        if item is None:
            waiting.pop()
            continue
        left -= 1
        clip = _narrowed(outer, _clip(item, matrix))
        if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_FORM:
            yield item, matrix, clip
        elif len(waiting) < _MAX_DEPTH:
            waiting.append((_of_form(item), _product(_matrix(item), matrix), clip))


def _of_form(form: Any) -> Iterator[Any]:
    import pypdfium2.raw as pdfium

    for number in range(max(0, pdfium.FPDFFormObj_CountObjects(form))):
        yield pdfium.FPDFFormObj_GetObject(form, number)


def _drawn(item: Any, clip: Box | None) -> Drawn:
    import pypdfium2.raw as pdfium

    mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    coloured = bool(pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha))
    filled = mode in (0, 4)
    clear = coloured and filled and alpha.value == 0
    pale = coloured and filled and min(red.value, green.value, blue.value) >= _PALE
    grey = 0.299 * red.value + 0.587 * green.value + 0.114 * blue.value if coloured and filled else None
    return Drawn(clip, mode in _UNSEEN_MODES or clear, grey, pale, (), _is_optional(item))


def _is_optional(item: Any) -> bool:
    """True for content that is marked as part of an optional layer."""
    import pypdfium2.raw as pdfium

    for number in range(max(0, pdfium.FPDFPageObj_CountMarks(item))):
        mark = pdfium.FPDFPageObj_GetMark(item, number)
        name, length = (ctypes.c_ushort * 8)(), ctypes.c_ulong()
        if pdfium.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), length) and bytes(name)[:6] == b"O\0C\0\0\0":
            return True
    return False


def _is_filled(item: Any) -> bool:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_PATH:
        return False
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(item, fill, stroke)) and fill.value != 0


def _bounds(item: Any, matrix: Any) -> Box:
    import pypdfium2.raw as pdfium

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return (0.0, 0.0, 0.0, 0.0)
    return _moved((left.value, bottom.value, right.value, top.value), matrix)


def _clip(item: Any, matrix: Any) -> Box | None:
    """Box around what all of an object's clips leave; None for no clip."""
    import pypdfium2.raw as pdfium

    path = pdfium.FPDFPageObj_GetClipPath(item)
    clip: Box | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for number in range(max(0, pdfium.FPDFClipPath_CountPaths(path))):
        points = []
        for place in range(max(0, pdfium.FPDFClipPath_CountPathSegments(path, number))):
            segment = pdfium.FPDFClipPath_GetPathSegment(path, number, place)
            if pdfium.FPDFPathSegment_GetPoint(segment, x, y):
                points.append((x.value, y.value))
        if points:
            across, up = zip(*points, strict=True)
            clip = _narrowed(clip, (min(across), min(up), max(across), max(up)))
    return None if clip is None else _moved(clip, matrix)


def _narrowed(outer: Box | None, inner: Box | None) -> Box | None:
    if outer is None or inner is None:
        return inner if outer is None else outer
    return overlap(outer, inner) or (0.0, 0.0, 0.0, 0.0)


def _matrix(form: Any) -> Any:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
    pdfium.FPDFPageObj_GetMatrix(form, matrix)
    return matrix


def _product(first: Any, second: Any) -> Any:
    """The matrix that applies the first, then the second (ISO 32000-1, 8.3.4)."""
    import pypdfium2.raw as pdfium

    return pdfium.FS_MATRIX(
        first.a * second.a + first.b * second.c,
        first.a * second.b + first.b * second.d,
        first.c * second.a + first.d * second.c,
        first.c * second.b + first.d * second.d,
        first.e * second.a + first.f * second.c + second.e,
        first.e * second.b + first.f * second.d + second.f,
    )


def _moved(box: Box, matrix: Any) -> Box:
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across = [matrix.a * x + matrix.c * y + matrix.e for x, y in corners]
    up = [matrix.b * x + matrix.d * y + matrix.f for x, y in corners]
    return (min(across), min(up), max(across), max(up))


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] - _EDGE <= point[0] <= box[2] + _EDGE and box[1] - _EDGE <= point[1] <= box[3] + _EDGE
