"""Letters that a page shows, with places and directions; those that it holds without showing them are left out."""

import math
import re
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.pdf.characters import read_characters
from lexiscope.sources.papers.pdf.drawn import drawn_texts
from lexiscope.sources.papers.pdf.places import Box, Placing, area, overlap
from lexiscope.sources.papers.pdf.shown import Ink, Shown, are_shown

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


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters and spaces of a page in the order of the file; columns, as an object a letter costs more than all else.

    Args:
        numbers: Numbers of the characters in the file's page.
        lefts: Left edges on the page as shown; the other edges likewise.
        turns: Degrees by which their lines are turned against the clock: 90 reads from the foot of the page up.
    """

    numbers: list[int]
    texts: list[str]
    lefts: list[float]
    tops: list[float]
    rights: list[float]
    bottoms: list[float]
    turns: list[int]

    def box(self, first: int, end: int) -> Box:
        """The box around letters from a first one up to an end."""
        part = slice(first, end)
        return (min(self.lefts[part]), min(self.tops[part]), max(self.rights[part]), max(self.bottoms[part]))


@dataclass(frozen=True, slots=True)
class PageLetters:
    """Letters that are read of a page.

    Args:
        hidden: Number of letters that were left out because the page does not show them.
        unknown: Number of letters of which the file does not say which they are.
        layer: True where the words are those of a text layer that lies, unseen, over the picture of a scanned page.
    """

    letters: Letters
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
    characters, drawn, placing = read_characters(textpage), drawn_texts(page), Placing.of(page)
    addresses, firsts, which = np.unique(characters.texts, return_index=True, return_inverse=True)
    texts = [drawn.texts.get(address) for address in addresses.tolist()]
    shown = [None if text is None else Shown.on_page(text, placing) for text in texts]
    turns = np.array([_turn(textpage, number, placing) for number in characters.numbers[firsts].tolist()], int)
    boxes = np.array(placing.place(*characters.boxes.T))
    words, blank = _written(characters.codes)
    seen = blank | are_shown(shown, which, boxes, Ink(page), blank=blank)
    hidden = int((~seen).sum())

    def letters(kept: NDArray[np.bool_]) -> Letters:
        numbers, texts = characters.numbers[kept].tolist(), list(compress(words, kept.tolist()))
        left, top, right, bottom = boxes[:, kept].tolist()
        return Letters(numbers, texts, left, top, right, bottom, turns[which[kept]].tolist())

    pictures = [placing.place(*box) for box in drawn.pictures]
    inked = int((seen & ~blank).sum())
    if not hidden or not _is_scan(pictures, placing.page) or inked > (1 - _MOST) * (inked + hidden):
        return _page_letters(letters(seen), hidden, layer=False)
    layer = np.array([text is not None and text.may_be_layer for text in shown])[which]
    return _page_letters(letters(seen | layer), int((~(seen | layer)).sum()), layer=True)


def _page_letters(letters: Letters, hidden: int, *, layer: bool) -> PageLetters:
    return PageLetters(letters, hidden, letters.texts.count(UNKNOWN), layer)


def _is_scan(pictures: list[Box], page: Box) -> bool:
    return any(area(overlap(picture, page)) >= _SCANNED * area(page) for picture in pictures)


def _written(codes: NDArray[np.int64]) -> tuple[list[str], NDArray[np.bool_]]:
    """Letters of codes, and which of them are white space."""
    kinds, which = np.unique(codes, return_inverse=True)
    letters = [_text(code) for code in kinds.tolist()]
    blank = np.array([letter.isspace() for letter in letters], bool)
    return [letters[kind] for kind in which.tolist()], blank[which]


def _text(code: int) -> str:
    letter = chr(code)
    letter = _REPLACED.get(letter, letter)
    return UNKNOWN if _NO_MEANING.fullmatch(letter) else letter


def _turn(textpage: Any, index: int, placing: Placing) -> int:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFText_GetMatrix(textpage, index, matrix) or not (matrix.a or matrix.b):
        return 0
    angle = math.degrees(math.atan2(matrix.b, matrix.a)) - placing.rotation
    return round(angle / 90) % 4 * 90
