"""The text of a page as lines with places: (left, top, right, bottom) in points from the page's upper left corner."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""(left, top, right, bottom) in points, 1/72 inch, from the upper left corner of the page as shown."""

MAX_CHARACTERS = 100_000  # of one page; a dense page has 8,000
_SAME_BAND = 0.35  # share of a character's height that lies on the line's band
_WORD_GAP = 1.5  # line heights between characters that follow each other in the file
_PIECE_GAP = 0.6  # line heights between pieces of a line that the file has in other places
_REPEATED = 2.0  # points between two drawings of the same words
_HEAVY = 600  # font weight of bold print
_HYPHENS = {"\x02": "-", "\ufffe": "-", "\xad": "-"}  # what pdfium gives for a hyphen at the end of a line
_BOLD = re.compile(r"bold|black|heavy|semib|demi|[-.]b$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column.

    Args:
        page: Number of the page, from 0.
        size: Height of its letters' boxes in points, the middle one of all.
        font: Name of the font of the first letter.
        bold: True for bold print.
    """

    text: str
    box: Box
    page: int
    size: float
    font: str
    bold: bool

    @property
    def width(self) -> float:
        """In points."""
        return self.box[2] - self.box[0]


def page_lines(page: Any, number: int) -> list[Line]:
    """The lines of a page of pypdfium2, in the order of the file, which publishers make the order of reading."""
    textpage = page.get_textpage()
    try:
        to_page = _placing(page)
        lines = [line for run in _runs(textpage, to_page) if (line := _line(run, textpage, number)) is not None]
    finally:
        textpage.close()
    return _without_repeats(_joined(lines))


def union(*boxes: Box) -> Box:
    """The smallest box around all of them.

    Example:
        >>> union((0, 0, 2, 2), (1, 1, 5, 3))
        (0, 0, 5, 3)
    """
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def overlap(first: Box, second: Box) -> Box | None:
    """Intersection of two boxes, or None.

    Example:
        >>> overlap((0, 0, 2, 2), (1, 1, 5, 3)), overlap((0, 0, 1, 1), (2, 2, 3, 3))
        ((1, 1, 2, 2), None)
    """
    left, top = max(first[0], second[0]), max(first[1], second[1])
    right, bottom = min(first[2], second[2]), min(first[3], second[3])
    return (left, top, right, bottom) if right > left and bottom > top else None


def area(box: Box | None) -> float:
    """In square points; 0 of None.

    Example:
        >>> area((0, 0, 2, 3)), area(None)
        (6, 0.0)
    """
    return 0.0 if box is None else (box[2] - box[0]) * (box[3] - box[1])


@dataclass(slots=True)
class _Run:
    """Characters that stand beside each other, while they are collected."""

    text: list[str]
    box: Box
    first: int
    heights: list[float]

    def takes(self, box: Box) -> bool:
        left, top, right, bottom = self.box
        shared = min(bottom, box[3]) - max(top, box[1])
        height = bottom - top
        on_band = shared >= _SAME_BAND * min(box[3] - box[1], height)
        return on_band and -2 * height < box[0] - right < _WORD_GAP * height and box[0] >= left - height

    def add(self, letter: str, box: Box, *, apart: bool) -> None:
        self.text.append(f" {letter}" if apart else letter)
        self.heights.append(box[3] - box[1])
        # A superscript does not raise the band of its line, or lines would climb into each other.
        tall = box[3] - box[1] >= 0.9 * (self.box[3] - self.box[1])
        top, bottom = (min(self.box[1], box[1]), max(self.box[3], box[3])) if tall else (self.box[1], self.box[3])
        self.box = (min(self.box[0], box[0]), top, max(self.box[2], box[2]), bottom)


def _runs(textpage: Any, to_page: Any) -> Iterator[_Run]:
    run: _Run | None = None
    apart = False
    for index, letter, box in _letters(textpage, to_page):
        if letter.isspace():
            apart = True
            continue
        if run is not None and run.takes(box):
            run.add(letter, box, apart=apart)
        else:
            if run is not None:
                yield run
            run = _Run([letter], box, index, [box[3] - box[1]])
        apart = False
    if run is not None:
        yield run


def _letters(textpage: Any, to_page: Any) -> Iterator[tuple[int, str, Box]]:
    import pypdfium2.raw as pdfium

    rectangle = pdfium.FS_RECTF()
    unicode, loose_box = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    for index in range(min(pdfium.FPDFText_CountChars(textpage), MAX_CHARACTERS)):
        code = unicode(textpage, index)
        if not 0 < code <= 0x10FFFF or 0xD800 <= code < 0xE000 or not loose_box(textpage, index, rectangle):
            continue
        letter = chr(code)
        yield (
            index,
            _HYPHENS.get(letter, letter),
            to_page(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom),
        )


def _line(run: _Run, textpage: Any, number: int) -> Line | None:
    text = " ".join("".join(run.text).split())
    if not text:
        return None
    size = sorted(run.heights)[len(run.heights) // 2]
    font, heavy = _font(textpage, run.first)
    return Line(text, run.box, number, round(size, 2), font, heavy)


def _font(textpage: Any, index: int) -> tuple[str, bool]:
    """Name of a letter's font, and whether it is bold by weight or by name."""
    import pypdfium2.raw as pdfium

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(textpage, index, name, 128, flags)
    font = name.value.decode("utf-8", "replace")
    heavy = pdfium.FPDFText_GetFontWeight(textpage, index) >= _HEAVY
    return font, heavy or _BOLD.search(font.lower()) is not None


def _joined(lines: list[Line]) -> list[Line]:
    """Pieces that the file draws one after the other, side by side on one band, as one line."""
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last is not None and _continues(last, line):
            text = f"{last.text} {line.text}"
            large = max(last, line, key=lambda piece: piece.size)
            joined[-1] = replace(large, text=text, box=union(last.box, line.box), font=last.font, bold=last.bold)
        else:
            joined.append(line)
    return joined


def _continues(last: Line, line: Line) -> bool:
    height = min(last.size, line.size)
    shared = min(last.box[3], line.box[3]) - max(last.box[1], line.box[1])
    return shared >= 0.6 * height and -0.5 * height <= line.box[0] - last.box[2] <= _PIECE_GAP * max(
        last.size, line.size
    )


def _without_repeats(lines: list[Line]) -> list[Line]:
    """Lines without second drawings of the same words in the same place, which some programs make for shadows."""
    seen: dict[str, list[Box]] = {}
    kept = []
    for line in lines:
        boxes = seen.setdefault(line.text, [])
        if any(abs(box[0] - line.box[0]) < _REPEATED and abs(box[1] - line.box[1]) < _REPEATED for box in boxes):
            continue
        boxes.append(line.box)
        kept.append(line)
    return kept


def _placing(page: Any) -> Any:
    """From pdfium's page coordinates (origin at the lower left, before rotation) to those of the page as shown."""
    left, bottom, right, top = page.get_cropbox()
    rotation = page.get_rotation()

    def place(x0: float, y1: float, x1: float, y0: float) -> Box:
        if rotation == 90:
            return (y0 - bottom, x0 - left, y1 - bottom, x1 - left)
        if rotation == 180:
            return (right - x1, y0 - bottom, right - x0, y1 - bottom)
        if rotation == 270:
            return (top - y1, right - x1, top - y0, right - x0)
        return (x0 - left, top - y1, x1 - left, top - y0)

    return place
