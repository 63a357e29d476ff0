"""How a file draws the texts of a page: clips, modes of rendering, colours, and what is drawn over them afterwards."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, TypeAlias

from lexiscope.sources.papers.pdf.bare import address, bare
from lexiscope.sources.papers.pdf.places import Box, overlap

PALE = 235  # values of all three colours from which letters are paper on paper
_MAX_OBJECTS = 200_000  # of one page, those of forms included
_MAX_DEPTH = 12  # forms within forms
_UNSEEN_MODES = (3, 7)  # neither fill nor stroke; clip only (ISO 32000-1, 9.3.6)
_FILLED_MODES = (0, 4)
_COVER = (12.0, 5.0)  # points of width and height from which a shape can hide words


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


def drawn_texts(page: Any) -> DrawnTexts:
    """How every text of a page is drawn."""
    import pypdfium2.raw as pdfium

    texts: list[_Text] = []
    covers: list[tuple[int, Box]] = []
    pictures: list[Box] = []
    kind_of, styles = bare("FPDFPageObj_GetType"), _Styles()
    for order, (item, matrix, clip) in enumerate(_objects(page)):
        kind = kind_of(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            texts.append((item, order, matrix, styles.of(item, clip)))
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE or (texts and _is_filled(item, kind)):
            shown = _shown_part(_bounds(item, matrix), clip)
            if shown is None:
                continue
            covers.append((order, shown))
            if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                pictures.append(shown)
    return DrawnTexts(dict(_with_covers(texts, covers)), pictures)


_Text: TypeAlias = tuple[int, int, Any, Drawn]
"""Address, place in the order of drawing, matrix, and how it is drawn."""


def _shown_part(box: Box, clip: Box | None) -> Box | None:
    """Part of a picture or shape inside its clip; None where it is too small to hide words, or wholly outside."""
    if box[2] - box[0] < _COVER[0] or box[3] - box[1] < _COVER[1]:
        return None
    return box if clip is None else overlap(box, clip)


def _with_covers(texts: list[_Text], covers: list[tuple[int, Box]]) -> Iterator[tuple[int, Drawn]]:
    last = covers[-1][0] if covers else -1
    for item, order, matrix, text in texts:
        if order > last:
            yield item, text
            continue
        box = _bounds(item, matrix)
        over = tuple(cover for later, cover in covers if later > order and overlap(cover, box) is not None)
        yield item, replace(text, covers=over) if over else text


def _objects(page: Any) -> Iterator[tuple[int, Any, Box | None]]:
    """Objects of a page and of its forms, in the order of drawing, with their matrix and clip."""
    import pypdfium2.raw as pdfium

    identity, kind_of = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0), bare("FPDFPageObj_GetType")
    objects = map(bare("FPDFPage_GetObject"), repeat(address(page.raw)), range(pdfium.FPDFPage_CountObjects(page)))
    waiting: list[tuple[Iterator[int], Any, Box | None]] = [(objects, identity, None)]
    left = _MAX_OBJECTS
    while waiting and left:
        items, matrix, outer = waiting[-1]
        item = next(items, None)
        if item is None:
            waiting.pop()
            continue
        left -= 1
        clip = _narrowed(outer, _clip(item, matrix))
        if kind_of(item) != pdfium.FPDF_PAGEOBJ_FORM:
            yield item, matrix, clip
        elif len(waiting) < _MAX_DEPTH:
            waiting.append((_of_form(item), _product(_matrix(item), matrix), clip))


def _of_form(form: int) -> Iterator[int]:
    count = max(0, bare("FPDFFormObj_CountObjects")(form))
    return map(bare("FPDFFormObj_GetObject"), repeat(form), range(count))


class _Styles:
    """How texts are drawn; thousands of a page's texts are drawn alike, and share one `Drawn`."""

    def __init__(self) -> None:
        self._colour = (ctypes.c_uint * 4)()
        self._places = [ctypes.byref(self._colour, 4 * place) for place in range(4)]
        self._known: dict[tuple[Box | None, int, tuple[int, ...] | None, bool], Drawn] = {}

    def of(self, item: int, clip: Box | None) -> Drawn:
        """How a text is drawn that no shape covers."""
        mode = bare("FPDFTextObj_GetTextRenderMode")(item)
        coloured = bare("FPDFPageObj_GetFillColor")(item, *self._places)
        colour = tuple(self._colour) if coloured and mode in _FILLED_MODES else None
        style = clip, mode, colour, _is_optional(item)
        known = self._known.get(style)
        if known is None:
            known = self._known[style] = _drawn(*style)
        return known


def _drawn(clip: Box | None, mode: int, colour: tuple[int, ...] | None, optional: bool) -> Drawn:
    if colour is None:
        return Drawn(clip, mode in _UNSEEN_MODES, None, False, (), optional)
    red, green, blue, alpha = colour
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    return Drawn(clip, mode in _UNSEEN_MODES or alpha == 0, grey, min(red, green, blue) >= PALE, (), optional)


def _is_optional(item: int) -> bool:
    """True for content that is marked as part of an optional layer."""
    for number in range(max(0, bare("FPDFPageObj_CountMarks")(item))):
        mark = bare("FPDFPageObj_GetMark")(item, number)
        name, length = (ctypes.c_ushort * 8)(), ctypes.c_ulong()
        found = bare("FPDFPageObjMark_GetName")(mark, ctypes.byref(name), ctypes.sizeof(name), ctypes.byref(length))
        if found and bytes(name)[:6] == b"O\0C\0\0\0":
            return True
    return False


def _is_filled(item: int, kind: int) -> bool:
    import pypdfium2.raw as pdfium

    if kind != pdfium.FPDF_PAGEOBJ_PATH:
        return False
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    known = bare("FPDFPath_GetDrawMode")(item, ctypes.byref(fill), ctypes.byref(stroke))
    return bool(known) and fill.value != 0


def _bounds(item: int, matrix: Any) -> Box:
    edges = (ctypes.c_float * 4)()  # left, bottom, right, top
    if not bare("FPDFPageObj_GetBounds")(item, *(ctypes.byref(edges, 4 * place) for place in range(4))):
        return (0.0, 0.0, 0.0, 0.0)
    left, bottom, right, top = edges
    return _moved((left, bottom, right, top), matrix)


def _clip(item: int, matrix: Any) -> Box | None:
    """Box around what all of an object's clips leave; None for no clip."""
    path = bare("FPDFPageObj_GetClipPath")(item)
    count = bare("FPDFClipPath_CountPaths")(path)
    if count <= 0:
        return None
    clip: Box | None = None
    for number in range(count):
        points = list(_points(path, number))
        if points:
            across, up = zip(*points, strict=True)
            clip = _narrowed(clip, (min(across), min(up), max(across), max(up)))
    return None if clip is None else _moved(clip, matrix)


def _points(path: int, number: int) -> Iterator[tuple[float, float]]:
    """End points of a clip's segments."""
    x, y = ctypes.c_float(), ctypes.c_float()
    for place in range(max(0, bare("FPDFClipPath_CountPathSegments")(path, number))):
        segment = bare("FPDFClipPath_GetPathSegment")(path, number, place)
        if bare("FPDFPathSegment_GetPoint")(segment, ctypes.byref(x), ctypes.byref(y)):
            yield x.value, y.value


def _narrowed(outer: Box | None, inner: Box | None) -> Box | None:
    if outer is None or inner is None:
        return inner if outer is None else outer
    return overlap(outer, inner) or (0.0, 0.0, 0.0, 0.0)


def _matrix(form: int) -> Any:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)
    bare("FPDFPageObj_GetMatrix")(form, ctypes.byref(matrix))
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
