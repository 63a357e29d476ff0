"""Letters that a page shows, with places and directions; those that it holds without showing them are left out."""

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.pdf.places import Box, Placing, area, overlap
from lexiscope.sources.papers.pdf.shown import Ink, Shown, drawn_texts

UNKNOWN = "\ufffd"  # stands for a letter of which the file does not say which it is
MAX_CHARACTERS = 100_000  # of one page; a dense page has 8,000
_HYPHENS = {"\x02": "-", "\ufffe": "-", "\xad": "-"}  # what pdfium gives for a hyphen at the end of a line
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_GREEK = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"  # of the font Symbol, from a to z; programs give its codes from U+F000
_SYMBOLS = {chr(0xF061 + place): letter for place, letter in enumerate(_GREEK)}
_SYMBOLS |= {"\uf0b0": "°", "\uf0b1": "±", "\uf0b3": "≥", "\uf0b4": "×", "\uf0a3": "≤", "\uf0bb": "≈", "\uf02d": "−"}
_SYMBOLS |= {"\uf044": "Δ", "\uf053": "Σ", "\uf057": "Ω", "\uf0d7": "⋅", "\uf0ae": "→", "\uf0a5": "∞", "\uf025": "%"}
_REPLACED = _HYPHENS | _LIGATURES | _SYMBOLS
_NO_MEANING = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff\U000f0000-\U0010ffff]")
_MOST = 0.9  # share of a page's letters that a layer of recognised words makes up
_SCANNED = 0.5  # share of a page that the picture of a scan covers


class Letter(NamedTuple):  # made a hundred thousand times a paper, at a third of the cost of a frozen dataclass
    """One letter, or a space.

    Args:
        number: Number of the character in the file's page.
        box: Box on the page as shown.
        turn: Degrees by which its line is turned against the clock: 90 reads from the foot of the page to its head.
    """

    number: int
    text: str
    box: Box
    turn: int


@dataclass(frozen=True, slots=True)
class PageLetters:
    """Letters of a page in the order of the file.

    Args:
        hidden: Number of letters that were left out because the page does not show them.
        unknown: Number of letters of which the file does not say which they are.
        layer: True where the words are those of a text layer that lies, unseen, over the picture of a scanned page.
    """

    letters: list[Letter]
    hidden: int
    unknown: int
    layer: bool


def read_letters(page: Any, textpage: Any) -> PageLetters:
    """The letters that a page of pypdfium2 shows; of a scanned page, those of its layer of recognised words.

    Raises:
        SourceError: the page has more than `MAX_CHARACTERS`.
    """
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(textpage)
    if count > MAX_CHARACTERS:
        msg = f"it has {count:,} characters; at most {MAX_CHARACTERS:,} of a page are read"
        raise SourceError(msg, remedy="print the paper to ordinary pages")
    drawn = drawn_texts(page)
    placing, ink = Placing.of(page), Ink(page)
    texts = {address: Shown.on_page(text, placing) for address, text in drawn.texts.items()}
    everything = list(_letters(textpage, placing, texts))
    seen = [
        pair[0] for pair in everything if pair[1] is None or pair[0].text.isspace() or pair[1].letter(pair[0].box, ink)
    ]
    hidden = len(everything) - len(seen)
    pictures = [placing.place(*box) for box in drawn.pictures]
    if not hidden or not _is_scan(pictures, placing.page) or _inked(seen) > (1 - _MOST) * (_inked(seen) + hidden):
        return PageLetters(seen, hidden, _unknown(seen), layer=False)
    kept = set(seen)
    layered = [letter for letter, text in everything if letter in kept or (text is not None and text.may_be_layer)]
    return PageLetters(layered, len(everything) - len(layered), _unknown(layered), layer=True)


def _inked(letters: list[Letter]) -> int:
    return sum(not letter.text.isspace() for letter in letters)


def _unknown(letters: list[Letter]) -> int:
    return sum(letter.text == UNKNOWN for letter in letters)


def _is_scan(pictures: list[Box], page: Box) -> bool:
    return any(area(overlap(picture, page)) >= _SCANNED * area(page) for picture in pictures)


def _letters(textpage: Any, placing: Placing, texts: dict[int, Shown]) -> Iterator[tuple[Letter, Shown | None]]:
    """The letters of a page, each with the text that it belongs to.

    Runs once a letter, so all that is looked up stands before the loop, and the page is passed as its bare handle.
    """
    import pypdfium2.raw as pdfium

    rectangle, handle = pdfium.FS_RECTF(), textpage.raw
    place = ctypes.byref(rectangle)
    turns: dict[int, int] = {}
    loose_box, address_of = pdfium.FPDFText_GetLooseCharBox, _address_of_text()
    left, _, _, top = placing.crop
    for index, code in _codes(handle):
        if not loose_box(handle, index, place):
            continue
        address = address_of(handle, index) or 0
        turn = turns.get(address)
        if turn is None:
            turn = turns[address] = _turn(textpage, index, placing)
        x0, y0, x1, y1 = rectangle.left, rectangle.bottom, rectangle.right, rectangle.top
        box = placing.place(x0, y0, x1, y1) if placing.rotation else (x0 - left, top - y1, x1 - left, top - y0)
        yield Letter(index, _text(code), box, turn), texts.get(address)


@cache
def _address_of_text() -> Callable[[Any, int], int | None]:
    """pdfium's FPDFText_GetTextObject, giving the address alone: to take it from a pointer costs more than the rest."""
    import pypdfium2.raw as pdfium

    function = ctypes.cast(pdfium.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
    return ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(function)


@cache
def _text(code: int) -> str:
    letter = chr(code)
    letter = _REPLACED.get(letter, letter)
    return UNKNOWN if _NO_MEANING.fullmatch(letter) else letter


def _codes(handle: Any) -> Iterator[tuple[int, int]]:
    """Numbers and code points of characters; two halves of UTF-16 as the one letter that they stand for."""
    import pypdfium2.raw as pdfium

    unicode = pdfium.FPDFText_GetUnicode
    codes = [unicode(handle, index) for index in range(pdfium.FPDFText_CountChars(handle))]
    if not any(0xD800 <= code < 0xE000 for code in codes):
        yield from ((index, code) for index, code in enumerate(codes) if 0 < code <= 0x10FFFF)
        return
    high: tuple[int, int] | None = None
    for index, code in enumerate(codes):
        if 0xD800 <= code < 0xDC00:
            high = index, code
            continue
        if 0xDC00 <= code < 0xE000:
            if high is not None:
                yield high[0], 0x10000 + ((high[1] - 0xD800) << 10) + (code - 0xDC00)
        elif 0 < code <= 0x10FFFF:
            yield index, code
        high = None


def _turn(textpage: Any, index: int, placing: Placing) -> int:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFText_GetMatrix(textpage, index, matrix) or not (matrix.a or matrix.b):
        return 0
    angle = math.degrees(math.atan2(matrix.b, matrix.a)) - placing.rotation
    return round(angle / 90) % 4 * 90
