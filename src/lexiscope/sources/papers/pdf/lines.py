"""The text of a page as lines with places, sideways lines in the frame of the page turned upright for them."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.pdf.letters import Letter, read_letters
from lexiscope.sources.papers.pdf.line_numbers import find_line_numbers
from lexiscope.sources.papers.pdf.places import Box, turned, union

_SAME_BAND = 0.35  # share of a character's height that lies on the line's band
_WORD_GAP = 1.5  # line heights between characters that follow each other in the file
_PIECE_GAP = 0.6  # line heights between pieces of a line that the file has in other places
_REPEATED = 2.0  # points between two drawings of the same words
_HEAVY = 600  # font weight of bold print
_SMALL = 0.85  # share of a line's height from which a letter is a superscript
_RAISED = 0.12  # share of a line's height by which the foot of a superscript is raised
_POWERS = "0123456789+-−–"  # of a number that would be another without its sign of a power
_BOLD = re.compile(r"bold|black|heavy|semib|demi|[-.]b$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one column.

    Args:
        box: Box on the page as shown, or, where `turn` is not 0, on the page turned so that the line is upright.
        page: Number of the page, from 0.
        size: Height of its letters' boxes in points, the middle one of all.
        font: Name of the font of the first letter.
        bold: True for bold print.
        turn: Degrees by which the line is turned against the clock.
    """

    text: str
    box: Box
    page: int
    size: float
    font: str
    bold: bool
    turn: int = 0

    @property
    def width(self) -> float:
        """In points."""
        return self.box[2] - self.box[0]


@dataclass(frozen=True, slots=True)
class PageText:
    """Text that a page shows.

    Args:
        lines: Lines in the order of the file, which publishers make the order of reading.
        words: All its words, those along the margins included.
        numbers: Boxes of line numbers, which are no text.
        hidden: Number of letters that the file holds and the page does not show.
        unknown: Number of letters of which the file does not say which they are.
        layer: True where the words are a text layer over the picture of a scanned page.
        size: Width and height of the page in points.
    """

    lines: list[Line]
    words: str
    numbers: list[Box]
    hidden: int
    unknown: int
    layer: bool
    size: tuple[float, float]


def read_page(page: Any, number: int) -> PageText:
    """The text of a page of pypdfium2.

    Raises:
        SourceError: the page's text cannot be read, or is too long.
    """
    import pypdfium2 as pdfium

    size = page.get_size()
    try:
        textpage = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise SourceError(f"its text cannot be read: {error}", remedy="download the paper again") from error
    try:
        found = read_letters(page, textpage)
        numbers, letters = find_line_numbers(found.letters)
        upright = [_upright(letter, size) for letter in letters]
        lines = _downwards([line for run in _runs(upright) if (line := _line(run, textpage, number)) is not None])
    finally:
        textpage.close()
    words = " ".join("".join(letter.text for letter in letters).split())
    return PageText(_without_repeats(_joined(lines)), words, numbers, found.hidden, found.unknown, found.layer, size)


def _downwards(lines: list[Line]) -> list[Line]:
    """Lines with those of a turned text from the first to the last, which pdfium gives the other way round."""
    ordered = [line for line in lines if not line.turn]
    for turn in (90, 180, 270):
        same = [line for line in lines if line.turn == turn]
        rising = sum(1 if below.box[1] > above.box[1] else -1 for above, below in pairwise(same))
        ordered += same if rising >= 0 else same[::-1]
    return ordered


def _upright(letter: Letter, size: tuple[float, float]) -> Letter:
    if not letter.turn:
        return letter
    return letter._replace(box=turned(letter.box, letter.turn, width=size[0], height=size[1]))


@dataclass(slots=True)
class _Run:
    """Characters that stand beside each other, while they are collected."""

    text: list[str]
    box: Box
    first: int
    turn: int
    heights: list[float]
    raised: bool = False

    def takes(self, letter: Letter) -> bool:  # this and `add` run once a letter
        left, top, right, bottom = self.box
        start, head, _, foot = letter.box
        height = bottom - top
        if letter.turn != self.turn or not (
            -2 * height < start - right < _WORD_GAP * height and start >= left - height
        ):
            return False
        shared = (bottom if bottom < foot else foot) - (top if top > head else head)
        tall = foot - head
        return shared >= _SAME_BAND * (tall if tall < height else height)

    def add(self, letter: str, box: Box, *, apart: bool) -> None:
        # A superscript does not raise the band of its line, or lines would climb into each other.
        left, top, right, bottom = self.box
        start, head, end, foot = box
        height, tall = bottom - top, foot - head
        raised = tall < _SMALL * height and bottom - foot > _RAISED * height
        power = raised and not self.raised and not apart and self.text[-1][-1].isdigit() and letter in _POWERS
        self.text.append(f" {letter}" if apart else f"^{letter}" if power else letter)
        self.raised = raised
        self.heights.append(tall)
        if tall >= 0.9 * height:
            top, bottom = min(top, head), max(bottom, foot)
        self.box = (left if left < start else start, top, right if right > end else end, bottom)


def _runs(letters: Sequence[Letter]) -> Iterator[_Run]:
    run: _Run | None = None
    apart = False
    for letter in letters:
        if letter.text.isspace():
            apart = True
            continue
        if run is not None and run.takes(letter):
            run.add(letter.text, letter.box, apart=apart)
        else:
            if run is not None:
                yield run
            run = _Run([letter.text], letter.box, letter.number, letter.turn, [letter.box[3] - letter.box[1]])
        apart = False
    if run is not None:
        yield run


def _line(run: _Run, textpage: Any, number: int) -> Line | None:
    text = " ".join("".join(run.text).split())
    size = round(sorted(run.heights)[len(run.heights) // 2], 2)
    if not text or size <= 0:  # letters without height are no text that a page shows
        return None
    font, heavy = _font(textpage, run.first)
    return Line(text, run.box, number, size, font, heavy, run.turn)


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
    if last.turn != line.turn:
        return False
    height = min(last.size, line.size)
    shared = min(last.box[3], line.box[3]) - max(last.box[1], line.box[1])
    return shared >= 0.6 * height and -0.5 * height <= line.box[0] - last.box[2] <= _PIECE_GAP * max(
        last.size, line.size
    )


def _without_repeats(lines: list[Line]) -> list[Line]:
    """Lines without second drawings of the same words in the same place, which some programs make for shadows."""
    seen: dict[tuple[str, int], list[Box]] = {}
    kept = []
    for line in lines:
        boxes = seen.setdefault((line.text, line.turn), [])
        if any(abs(box[0] - line.box[0]) < _REPEATED and abs(box[1] - line.box[1]) < _REPEATED for box in boxes):
            continue
        boxes.append(line.box)
        kept.append(line)
    return kept
