"""Contents of a paper's text: paragraphs under their sections, title, DOI and licence."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lexiscope.sources.papers.jats.licence import short_licence
from lexiscope.sources.papers.jats.mentions import FigureName, mentioned
from lexiscope.sources.papers.pdf.blocks import Block, Layout, is_marginal, is_prose, joined_text
from lexiscope.sources.papers.pdf.headings import find_headings, is_reference_list
from lexiscope.sources.papers.pdf.lines import Line
from lexiscope.sources.papers.pdf.places import Box, area, overlap

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+[^\s\"<>.,;:)\]]")
_LICENCE = re.compile(r"creative\s*commons|\bCC[ -]BY\b|creativecommons\.org\S*", re.IGNORECASE)
_ARTICLE_KIND = re.compile(r"^(?:Original\s+)?(?:Research\s+)?(?:Article|Paper|Review)\s*:?\s+(?=[A-Z])")
_ENDS = (".", "!", "?", ":", ".)", "]", "。", "！", "？", "．")
_INDENT = 5.0  # points
_NEAR_LICENCE = 400  # characters of a licence's statement that are read


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text and the last heading before it, empty when there was none."""

    text: str
    section: str


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """Statements of a paper about itself; empty text where it makes none."""

    title: str
    doi: str
    licence: str


def read_paragraphs(blocks: list[Block], layout: Layout, *, taken: Collection[tuple[int, Box]]) -> list[Paragraph]:
    """The paragraphs before the list of references, in the order of the file, joined across columns and pages.

    Args:
        taken: Pages and boxes of captions and figures, whose text is none of the paper's paragraphs.
    """
    headings = find_headings(blocks, layout)
    paragraphs: list[tuple[list[Line], str]] = []
    section = ""
    for block in blocks:
        if is_marginal(block, layout) or _inside(block, taken):
            continue
        heading, lines = headings.split(block)
        if is_reference_list(heading):
            break
        section = heading or section
        if lines and is_prose(Block(tuple(lines)), layout):
            _add_paragraphs(paragraphs, lines, section, goes_on=not heading)
    return [Paragraph(joined_text(lines), name) for lines, name in paragraphs]


def _add_paragraphs(
    paragraphs: list[tuple[list[Line], str]], lines: list[Line], section: str, *, goes_on: bool
) -> None:
    """Add a block's paragraphs; the first may go on with the last one of the block before."""
    for piece in _indented(lines):
        before = paragraphs[-1][0] if paragraphs and goes_on else None
        if before is not None and _unfinished(before, piece):
            before.extend(piece)
        else:
            paragraphs.append((piece, section))


def mentions_of(name: FigureName, paragraphs: list[Paragraph], *, dashed: bool = False) -> list[Paragraph]:
    """The paragraphs that refer to a figure, once each.

    Args:
        dashed: Read "3-2" as figure 2 of chapter 3, as the labels of the paper do.
    """
    return list(
        dict.fromkeys(paragraph for paragraph in paragraphs if name in mentioned(paragraph.text, dashed=dashed))
    )


def read_paper_facts(blocks: list[Block], *, first_page: str, stated_title: str) -> PaperFacts:
    """Title, DOI and licence as printed; the file's own title only where none can be told from the first page.

    Args:
        first_page: Whole text of the first page, which also holds what is printed sideways along the margin.
    """
    texts = [first_page, *_by_likelihood(blocks)]
    licence = next((stated for text in texts if (stated := _licence(text)) != "unknown"), "unknown")
    doi = _DOI.search(first_page) or _DOI.search(" ".join(block.text for block in blocks if block.page == 1))
    title = _title([block for block in blocks if block.page == 0 and not _DOI.search(block.text)])
    return PaperFacts(title or stated_title, doi[0] if doi else "", licence)


def _by_likelihood(blocks: list[Block]) -> Iterator[str]:
    """Texts in the order in which a licence is likely: last page first, as the first page has been read."""
    return (block.text for block in sorted(blocks, key=lambda block: -block.page))


def _licence(text: str) -> str:
    """The licence that a text states, "unknown" when it states none.

    Links are read with the gaps that lines' ends make in them taken out.
    """
    for match in _LICENCE.finditer(text):
        words = " ".join(text[match.start() : match.start() + _NEAR_LICENCE].split())
        links = re.findall(r"creativecommons\.\s?org/\s?licen[cs]es/\s?[a-z-]+\s?/\s?\d\.\d", words)
        stated = short_licence([link.replace(" ", "") for link in links], words)
        if stated != "unknown":
            return stated
    return "unknown"


def _title(first: list[Block]) -> str:
    """The largest print in the upper part of the first page that has at least three words."""
    lowest = 0.6 * max((block.box[3] for block in first), default=0.0)
    worded = [block for block in first if 3 <= len(block.text.split()) < 60 and block.box[1] < lowest]
    if not worded:
        return ""
    largest = max(block.lines[0].size for block in worded)
    title = next(block.text for block in worded if block.lines[0].size >= 0.97 * largest)
    return _ARTICLE_KIND.sub("", title)


def _inside(block: Block, taken: Collection[tuple[int, Box]]) -> bool:
    return any(page == block.page and area(overlap(box, block.box)) > 0.5 * area(block.box) for page, box in taken)


def _indented(lines: list[Line]) -> Iterator[list[Line]]:
    """Paragraphs of one block, told by their indented first lines."""
    left = min(line.box[0] for line in lines)
    piece: list[Line] = []
    for line in lines:
        if piece and line.box[0] > left + _INDENT and piece[-1].box[0] <= left + _INDENT and _ended(piece[-1].text):
            yield piece
            piece = []
        piece.append(line)
    yield piece


def _unfinished(before: list[Line], after: list[Line]) -> bool:
    return not _ended(before[-1].text) or after[0].text[:1].islower()


def _ended(text: str) -> bool:
    return text.endswith(_ENDS)
