"""One PDF file -> its figures: where they are, what they show, what is written about them."""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.jats.mentions import FigureName, is_dashed
from lexiscope.sources.papers.pdf.blocks import Block, Layout, find_blocks, find_layout, is_prose
from lexiscope.sources.papers.pdf.captions import Caption, find_captions
from lexiscope.sources.papers.pdf.document import SCALE, open_page, open_pdf, rendered
from lexiscope.sources.papers.pdf.headings import find_headings
from lexiscope.sources.papers.pdf.lines import PageText, read_page
from lexiscope.sources.papers.pdf.places import Box, turned
from lexiscope.sources.papers.pdf.reading import PaperFacts, Paragraph, mentions_of, read_paper_facts, read_paragraphs
from lexiscope.sources.papers.pdf.regions import find_regions
from lexiscope.sources.steady import steady

MAX_SECONDS = 180.0  # for one paper; an ordinary one takes half a second


@dataclass(frozen=True, slots=True)
class Region:
    """Part of a page that shows a figure.

    Args:
        box: Box in points from the upper left corner of the page.
        pixels: (y, x, 3), `SCALE` pixels a point.
    """

    box: Box
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PdfFigure:
    """One figure of a paper.

    Args:
        name: Name that mentions use.
        label: Label as printed.
        page: Number of the caption's page, from 0.
        region: Region that shows the figure; None when nothing drawn was found beside the caption.
        mentions: Paragraphs that refer to it.
        notes: What was left out, joined or turned, and what seems to be missing.
    """

    name: FigureName
    label: str
    caption: str
    page: int
    region: Region | None
    mentions: tuple[Paragraph, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadPage:
    """A page that could not be read, with the reason and what to do about it.

    Args:
        number: From 0.
    """

    number: int
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper and its figures, in the order of the file, and the pages that could not be read."""

    facts: PaperFacts
    pages: int
    figures: tuple[PdfFigure, ...]
    bad_pages: tuple[BadPage, ...] = ()


def read_paper(path: Path) -> Paper:
    """Read a PDF file; a page that cannot be read costs no other.

    Raises:
        SourceError: no PDF, damaged, encrypted, without text, too large, or it takes longer than `MAX_SECONDS`.
    """
    with steady(path), open_pdf(path) as document:
        pages = _Pages.read(document)
        if not any(text.lines for text in pages.texts.values()):
            raise _nothing_read(path, len(document), pages.bad)
        layout, blocks = _laid_out(pages.texts)
        regions = list(_regions(pages, layout, blocks))
        upright = [block for block in blocks if block.turn == layout.turn]
        first = pages.texts[0].words if 0 in pages.texts else ""
        facts = read_paper_facts(upright, first_page=first, stated_title=_stated_title(document))
        count = len(document)
    paragraphs = read_paragraphs(upright, layout, taken=list(_taken(regions, layout)))
    figures = tuple(_figures(regions, paragraphs, pages.texts))
    return Paper(facts, count, figures, tuple(sorted(pages.bad, key=lambda page: page.number)))


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages of a document: the texts of those that could be read, and what was wrong with the others."""

    document: Any
    started: float
    texts: dict[int, PageText]
    bad: list[BadPage]

    @staticmethod
    def read(document: Any) -> "_Pages":
        pages = _Pages(document, time.monotonic(), {}, [])
        for number in range(len(document)):
            _check_time(pages.started, number)
            try:
                with open_page(document, number) as page:
                    pages.texts[number] = read_page(page, number)
            except SourceError as error:
                pages.bad.append(BadPage(number, str(error), error.remedy))
        return pages

    def rendered(self, number: int, labels: str) -> NDArray[np.uint8] | None:
        """Pixels of a page; None, and a bad page, where it cannot be rendered, which leaves out the figures."""
        _check_time(self.started, number)
        try:
            with open_page(self.document, number) as page:
                return rendered(page)
        except SourceError as error:
            self.bad.append(BadPage(number, f"{error}; left out: {labels}", error.remedy))
            return None


def _laid_out(texts: dict[int, PageText]) -> tuple[Layout, list[Block]]:
    lines = [line for text in texts.values() for line in text.lines]
    heights = {key: height for number, text in texts.items() for key, height in _heights(number, text)}
    layout = find_layout(lines, height=max(text.size[1] for text in texts.values()), heights=heights)
    return layout, find_blocks(lines)


def _nothing_read(path: Path, pages: int, bad: list[BadPage]) -> SourceError:
    if bad:
        return SourceError(f"no page of {path.name} has words that can be read: {bad[0].reason}", remedy=bad[0].remedy)
    msg = f"{path.name} has no text layer on its {pages} pages; it is a scan"
    return SourceError(msg, remedy="run OCR over it, such as ocrmypdf, and read the result")


def _heights(number: int, text: PageText) -> Iterator[tuple[tuple[int, int], float]]:
    width, height = text.size
    yield from (((number, turn), width if turn in (90, 270) else height) for turn in (0, 90, 180, 270))


def _regions(pages: _Pages, layout: Layout, blocks: list[Block]) -> Iterator[tuple[Caption, Region | None]]:
    """Every caption with what belongs to it; a page is rendered once, and only if it has a figure's caption."""
    captions = find_captions(blocks, layout)
    standing = list(_standing(blocks, layout))
    for number in sorted({caption.page for caption in captions}):
        on_page = [caption for caption in captions if caption.page == number]
        labels = [caption.label for caption in on_page if caption.name is not None]
        if not labels:
            yield from ((caption, None) for caption in on_page)
            continue
        pixels = pages.rendered(number, ", ".join(labels))
        if pixels is not None:
            prose = [(0, box) for box in pages.texts[number].numbers]
            prose += list(_text_of_page(number, standing, captions))
            yield from _of_page(pixels, pages.texts[number].size, on_page, prose)


def _text_of_page(number: int, standing: list[tuple[Block, Box]], captions: list[Caption]) -> Iterator[tuple[int, Box]]:
    """Turns and boxes of what is no part of a figure."""
    yield from ((block.turn, box) for block, box in standing if block.page == number)
    for caption in captions:
        yield from ((caption.turn, box) for page, box in _places(caption) if page == number)


def _places(caption: Caption) -> Iterator[tuple[int, Box]]:
    """Pages and boxes of a caption's lines."""
    yield caption.page, caption.box
    yield from caption.rest


def _standing(blocks: list[Block], layout: Layout) -> Iterator[tuple[Block, Box]]:
    """Blocks with the box of what is no part of a figure: prose whole, and headings that stand alone."""
    headings = find_headings([block for block in blocks if block.turn == layout.turn], layout)
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        prose = after if after is not None and is_prose(after, layout) else None
        if is_prose(block, layout) or (block.turn == layout.turn and headings.is_section(block, prose)):
            yield block, block.box


def _of_page(
    pixels: NDArray[np.uint8], size: tuple[float, float], captions: list[Caption], prose: list[tuple[int, Box]]
) -> Iterator[tuple[Caption, Region | None]]:
    """Captions of a page with their regions, direction by direction."""
    for turn in sorted({caption.turn for caption in captions}):
        same = [caption for caption in captions if caption.turn == turn]
        yield from _of_direction(pixels, turn, size, same, prose)


def _of_direction(
    pixels: NDArray[np.uint8],
    turn: int,
    size: tuple[float, float],
    captions: list[Caption],
    prose: list[tuple[int, Box]],
) -> Iterator[tuple[Caption, Region | None]]:
    """Captions of one direction with their regions; the page is turned so that they are upright."""
    width, height = size
    upright = np.ascontiguousarray(np.rot90(pixels, k=-turn // 90))
    wide, high = (height, width) if turn in (90, 270) else (width, height)
    around = [box if other == turn else _seen_from(box, other, turn, size) for other, box in prose]
    boxes = find_regions(upright, scale=SCALE, captions=captions, prose=around)
    for caption, box in zip(captions, boxes, strict=True):
        if box is None:
            yield caption, None
        else:
            on_page = turned(box, -turn % 360, width=wide, height=high)
            yield caption, Region(on_page, _cut(upright, box))


def _seen_from(box: Box, other: int, turn: int, size: tuple[float, float]) -> Box:
    """A box of the page turned one way, on the page turned another way."""
    width, height = size
    wide, high = (height, width) if other in (90, 270) else (width, height)
    return turned(turned(box, -other % 360, width=wide, height=high), turn, width=width, height=height)


def _taken(regions: Iterable[tuple[Caption, Region | None]], layout: Layout) -> Iterator[tuple[int, Box]]:
    """Pages and boxes that hold no paragraphs."""
    for caption, region in regions:
        if caption.turn != layout.turn:
            continue
        yield from _places(caption)
        if region is not None and not layout.turn:
            yield caption.page, region.box


def _stated_title(document: Any) -> str:
    """The title in the file's own properties, unless it is the name of a manuscript's file."""
    title = document.get_metadata_dict().get("Title", "").strip()
    return "" if re.search(r"\.\w{2,5}$|^untitled|^microsoft word", title, re.IGNORECASE) else title


def _cut(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    left, top, right, bottom = (round(edge * SCALE) for edge in box)
    return pixels[top:bottom, left:right].copy()


def _figures(
    regions: Sequence[tuple[Caption, Region | None]], paragraphs: list[Paragraph], texts: dict[int, PageText]
) -> Iterator[PdfFigure]:
    dashed = any(is_dashed(caption.label) for caption, _ in regions)
    for caption, region in regions:
        if caption.name is None:
            continue
        mentions = tuple(mentions_of(caption.name, paragraphs, dashed=dashed))
        notes = (*caption.notes, *_page_notes(caption, region, texts))
        yield PdfFigure(caption.name, caption.label, caption.text, caption.page, region, mentions, notes)


def _page_notes(caption: Caption, region: Region | None, texts: dict[int, PageText]) -> Iterator[str]:
    if caption.turn and region is not None:
        yield "figure and caption stand sideways on the page and were turned upright"
    for number in sorted({caption.page, *(page for page, _ in caption.rest)}):
        text = texts[number]
        if text.hidden:
            yield f"letters that page {number + 1} holds and does not show were left out: {text.hidden:,}"
        if text.unknown:
            yield f"letters of page {number + 1} that the file gives no meaning are written \ufffd: {text.unknown:,}"
        if text.numbers:
            yield f"line numbers of page {number + 1} were left out: {len(text.numbers)}"
        if text.layer:
            yield f"words of page {number + 1} were read from a layer of text over the picture of a scan"


def _check_time(started: float, number: int) -> None:
    if time.monotonic() - started > MAX_SECONDS:
        msg = f"reading took longer than {MAX_SECONDS:.0f} seconds and was stopped at page {number + 1}"
        raise SourceError(msg, remedy="split the file, or print it to a simpler PDF")
