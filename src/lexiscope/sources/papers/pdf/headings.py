"""Headings of sections: those of known names, and those set like them."""

import re
from dataclasses import dataclass

from lexiscope.sources.papers.pdf.blocks import Block, Layout
from lexiscope.sources.papers.pdf.lines import Line

_NUMBER = r"(?:(?:\d{1,2}|[IVX]{1,4})(?:\.\d{1,2})*\.?\s+)"
_KNOWN = re.compile(
    rf"{_NUMBER}?(?:abstract|introduction|background|(?:materials?|experimental|methods?|results?|discussions?|"
    r"conclusions?|theory|findings|outlook|summary|section|procedures?|methodology|and|&|\s)+|"
    r"(?:competing|conflicts? of) interests?|acknowledge?ments?|funding|author contributions?|references)\s*[:.]?",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    rf"{_NUMBER}?(?:references(?: and notes)?|bibliography|literature cited|literatur(?:verzeichnis)?|bibliographie|"
    r"références|referencias|referências|bibliografia|bibliografía|参考文献|參考文獻|文献)\W*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?\s+[A-Z]")
_UNITS = re.compile(r"\d{1,3}(?:\.\d+)?\s+(?:°|[A-Z]{1,2}\b)")  # "900 K", a figure's label
_DOTTED = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?\s+[A-Z][a-z]")
_SENTENCE = re.compile(r"[a-z]{3,}\.\s+[A-Z]")
_LONGEST = 120  # characters of a heading
_MOST_LINES = 3
_SMALLEST = 0.95  # of the text's size
_SHORT = 0.92  # share of a column's width that a heading's last line leaves open


@dataclass(frozen=True, slots=True)
class Headings:
    """Typography of a paper's headings.

    Args:
        styles: Fonts and sizes of the headings with known names.
        first: Place of the first known heading in the file, as (page, top); on page 0, only known
            names count before it.
    """

    styles: frozenset[tuple[str, int]]
    first: tuple[int, float]
    layout: Layout

    def split(self, block: Block) -> tuple[str, list[Line]]:
        """The heading that opens a block, empty when none does, and the lines after it."""
        lines = list(block.lines)
        count = 0
        while count < min(_MOST_LINES, len(lines)) and self._is_set_apart(lines[count]):
            count += 1
        while count and not self._is_heading(lines[:count], alone=count == len(lines)):
            count -= 1
        return " ".join(line.text for line in lines[:count]), lines[count:]

    def is_section(self, block: Block, after: Block | None) -> bool:
        """True when a block is nothing but a heading: by its number, its name, its style or the text it stands on.

        Args:
            after: The next block of the file when that is running text.
        """
        text, first = block.text, block.lines[0]
        if len(block.lines) > _MOST_LINES or not text or _UNITS.match(text) or not _could_be(text):
            return False
        if _KNOWN.fullmatch(text):
            return True
        if not self.layout.at_edge(first) or first.size < _SMALLEST * self.layout.size:
            return False
        return _DOTTED.match(text) is not None or self._is_like_headings(block, after)

    def _is_like_headings(self, block: Block, after: Block | None) -> bool:
        if not all(map(self._is_set_apart, block.lines)):
            return False
        known = _NUMBERED.match(block.text) is not None or _style(block.lines[0]) in self.styles
        return known or (after is not None and _stands_on(block, after))

    def _is_set_apart(self, line: Line) -> bool:
        return line.bold or line.font != self.layout.font or _KNOWN.fullmatch(line.text) is not None

    def _is_heading(self, lines: list[Line], *, alone: bool) -> bool:
        text = " ".join(line.text for line in lines)
        if _KNOWN.fullmatch(text):
            return True
        title_page = lines[0].page == 0 and (0, lines[0].box[1]) < self.first
        if title_page or not _could_be(text) or not self.layout.at_edge(lines[0]):
            return False
        if not alone and lines[-1].width > _SHORT * self.layout.column:
            return False
        return _style(lines[0]) in self.styles or lines[0].bold or _NUMBERED.match(text) is not None


def find_headings(blocks: list[Block], layout: Layout) -> Headings:
    """Learn from the headings that every paper has how this one sets its own."""
    known = [
        line
        for block in blocks
        for line in (block.lines[0],)
        if _KNOWN.fullmatch(line.text) and line.font != layout.font
    ]
    first = min(((line.page, line.box[1]) for line in known), default=(0, 0.0))
    return Headings(frozenset(map(_style, known)), first, layout)


def is_reference_list(heading: str) -> bool:
    """True when a heading opens the list of references.

    Example:
        >>> is_reference_list("7. References"), is_reference_list("Reference materials")
        (True, False)
    """
    return _REFERENCES.fullmatch(heading) is not None


def _could_be(text: str) -> bool:
    starts = text[0].isupper() or _NUMBERED.match(text) is not None
    worded = re.search(r"[^\W\d_]{4,}", text) is not None
    return starts and worded and len(text) <= _LONGEST and not text.endswith((",", ";")) and not _SENTENCE.search(text)


def _stands_on(block: Block, after: Block) -> bool:
    """True when a paragraph starts right below, at the same edge."""
    last, first = block.lines[-1], after.lines[0]
    gap = first.box[1] - last.box[3]
    return last.page == first.page and abs(last.box[0] - first.box[0]) < 2 and -2 < gap < 1.5 * last.size


def _style(line: Line) -> tuple[str, int]:
    return line.font, round(line.size)
