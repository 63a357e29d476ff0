"""One PDF file -> its figures: where they are, what they show, what is written about them."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.papers.jats.mentions import FigureName
from lexiscope.sources.papers.pdf.blocks import Block, Layout, find_blocks, find_layout, is_prose
from lexiscope.sources.papers.pdf.captions import Caption, find_captions
from lexiscope.sources.papers.pdf.document import SCALE, open_page, open_pdf, rendered
from lexiscope.sources.papers.pdf.lines import Box, Line, page_lines
from lexiscope.sources.papers.pdf.reading import PaperFacts, Paragraph, mentions_of, read_paper_facts, read_paragraphs
from lexiscope.sources.papers.pdf.regions import find_regions

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
    """

    name: FigureName
    label: str
    caption: str
    page: int
    region: Region | None
    mentions: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper and its figures, in the order of the file."""

    facts: PaperFacts
    pages: int
    figures: tuple[PdfFigure, ...]


def read_paper(path: Path) -> Paper:
    """Read a PDF file.

    Raises:
        SourceError: no PDF, damaged, encrypted, without text, too large, or it takes longer than `MAX_SECONDS`.
    """
    started = time.monotonic()
    with open_pdf(path) as document:
        lines, height = _lines(document, started)
        if not lines:
            msg = f"{path.name} has no text layer on its {len(document)} pages; it is a scan"
            raise SourceError(msg, remedy="run OCR over it, such as ocrmypdf, and read the result")
        layout = find_layout(lines, height=height)
        blocks = find_blocks(lines)
        captions = find_captions(blocks, layout)
        regions = list(_regions(document, blocks, captions, layout, started))
        facts = read_paper_facts(blocks, first_page=_raw_text(document), stated_title=_stated_title(document))
        pages = len(document)
    taken = [(caption.page, caption.box) for caption, _ in regions]
    taken += [(caption.page, region.box) for caption, region in regions if region is not None]
    paragraphs = read_paragraphs(blocks, layout, taken=taken)
    figures = (_figure(caption, region, paragraphs) for caption, region in regions)
    return Paper(facts, pages, tuple(f for f in figures if f is not None))


def _lines(document: Any, started: float) -> tuple[list[Line], float]:
    lines: list[Line] = []
    height = 0.0
    for number in range(len(document)):
        _check_time(started, number)
        with open_page(document, number) as page:
            lines += page_lines(page, number)
            height = max(height, page.get_height())
    return lines, height


def _regions(
    document: Any, blocks: list[Block], captions: list[Caption], layout: Layout, started: float
) -> Iterator[tuple[Caption, Region | None]]:
    """Every caption with what belongs to it; a page is rendered once, and only if it has a figure's caption."""
    for number in sorted({caption.page for caption in captions}):
        _check_time(started, number)
        on_page = [caption for caption in captions if caption.page == number]
        if all(caption.name is None for caption in on_page):
            yield from ((caption, None) for caption in on_page)
            continue
        prose = [block.box for block in blocks if block.page == number and is_prose(block, layout)]
        yield from _of_page(document, number, on_page, prose)


def _of_page(
    document: Any, number: int, captions: list[Caption], prose: list[Box]
) -> Iterator[tuple[Caption, Region | None]]:
    with open_page(document, number) as page:
        pixels = rendered(page)
    boxes = find_regions(pixels, scale=SCALE, captions=captions, prose=prose)
    for caption, box in zip(captions, boxes, strict=True):
        yield caption, None if box is None else Region(box, _cut(pixels, box))


def _raw_text(document: Any) -> str:
    with open_page(document, 0) as page:
        textpage = page.get_textpage()
        try:
            return " ".join(textpage.get_text_range().split())
        finally:
            textpage.close()


def _stated_title(document: Any) -> str:
    """The title in the file's own properties, unless it is the name of a manuscript's file."""
    title = document.get_metadata_dict().get("Title", "").strip()
    return "" if re.search(r"\.\w{2,5}$|^untitled|^microsoft word", title, re.IGNORECASE) else title


def _cut(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    left, top, right, bottom = (round(edge * SCALE) for edge in box)
    return pixels[top:bottom, left:right].copy()


def _figure(caption: Caption, region: Region | None, paragraphs: list[Paragraph]) -> PdfFigure | None:
    if caption.name is None:
        return None
    mentions = tuple(mentions_of(caption.name, paragraphs))
    return PdfFigure(caption.name, caption.label, caption.text, caption.page, region, mentions)


def _check_time(started: float, number: int) -> None:
    if time.monotonic() - started > MAX_SECONDS:
        msg = f"reading took longer than {MAX_SECONDS:.0f} seconds and was stopped at page {number + 1}"
        raise SourceError(msg, remedy="split the file, or print it to a simpler PDF")
