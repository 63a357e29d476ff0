"""Captions: blocks that start with a figure's or a table's label and are set apart from the text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lexiscope.sources.papers.jats.mentions import FigureName, name_of_label
from lexiscope.sources.papers.pdf.blocks import Block, Layout, joined_text
from lexiscope.sources.papers.pdf.lines import Box, Line, union

_LABEL = re.compile(
    r"(?P<label>(?:(?:Supplementary|Supporting|Suppl\.|Extended Data)\s+)?(?:Fig(?:ure|s)?|FIGURE|FIG|Scheme|SCHEME|"
    r"Chart|CHART|Plate|PLATE|Graph)\s*\.?\s*[A-Z]?-?\d{1,3})(?![\d%])(?P<mark>\s*[.:|–—]+|\s*$|(?=\s+\())?\s*(?P<rest>.*)"
)
_TABLE = re.compile(r"(?:Supplementary\s+)?T(?:able|ABLE)\s*[A-Z]?\d{1,3}\b")
_GOES_ON = re.compile(
    r"[a-z,;)\]]|and\b|\([a-z]\)\s+(?:shows?|and|is)\b|[A-D](?:[,–-][A-D])*\s+(?:show|illustrat|depict)"
)
_LEAST = 1  # points below which a block is text that happens to start with a figure's name
_NEXT_GAP = 0.9  # line heights below a caption within which its next paragraph may start


@dataclass(frozen=True, slots=True)
class Caption:
    """One caption.

    Args:
        name: Name that mentions of the figure use; None for a table.
        label: Label as printed, "Figure 3".
        text: Without the label.
        box: Around all its lines.
    """

    name: FigureName | None
    label: str
    text: str
    box: Box
    page: int


def find_captions(blocks: list[Block], layout: Layout) -> list[Caption]:
    """The best caption of every figure and every table caption, in the order of the file."""
    best: dict[FigureName, tuple[float, int, Caption]] = {}
    tables: list[tuple[int, Caption]] = []
    for number, block in enumerate(blocks):
        for start in _starts(block):
            line = block.lines[start]
            if _TABLE.match(line.text):
                tables.append((number, Caption(None, line.text[:20], block.text, block.box, block.page)))
                continue
            candidate = _caption(blocks, number, start)
            score = _score(line, layout)
            if candidate is None or candidate.name is None or score < _LEAST:
                continue
            if candidate.name not in best or score > best[candidate.name][0]:
                best[candidate.name] = (score, number, candidate)
    everything = [(number, caption) for _, number, caption in best.values()] + tables
    return [caption for _, caption in sorted(everything, key=lambda item: item[0])]


def is_caption_line(line: Line) -> bool:
    """True when a line could start a caption.

    Example:
        >>> is_caption_line(Line("Figure 3. Grains.", (0, 0, 100, 10), 0, 10.0, "Times", bold=True))
        True
    """
    return _LABEL.match(line.text) is not None or _TABLE.match(line.text) is not None


def _starts(block: Block) -> Iterable[int]:
    """Lines of a block that may start a caption: the first, and later ones whose print differs from the line before."""
    for number, line in enumerate(block.lines):
        fresh = number == 0 or (line.bold and not block.lines[number - 1].bold)
        if fresh and is_caption_line(line):
            yield number


def _caption(blocks: list[Block], number: int, start: int) -> Caption | None:
    lines = [*blocks[number].lines[start:]]
    for block in blocks[number + 1 : number + 4]:
        if _belongs(block, lines):
            lines += block.lines
        elif block.lines[0].size >= 0.7 * lines[0].size:
            break
    match = _LABEL.match(lines[0].text)
    if match is None:
        return None
    label = match["label"].strip()
    text = joined_text(lines)[len(match["label"]) :].lstrip(" .:|–—")
    return Caption(name_of_label(label), label, text, union(*(line.box for line in lines)), lines[0].page)


def _belongs(block: Block, lines: list[Line]) -> bool:
    """True when a block is the next paragraph of a caption that these lines start."""
    first, last = block.lines[0], lines[-1]
    if first.page != last.page or abs(first.size / last.size - 1) > 0.06 or is_caption_line(first):
        return False
    gap = first.box[1] - last.box[3]
    same_edge = abs(first.box[0] - lines[0].box[0]) < 3
    return same_edge and -0.5 * last.size < gap < 0.3 * _NEXT_GAP * last.size


def _score(line: Line, layout: Layout) -> float:
    match = _LABEL.match(line.text)
    if match is None:
        return 0
    score = 2.0 if match["mark"] is not None else 0.0
    score += 1.0 if line.bold else 0.0
    score += 1.0 if line.size < 0.96 * layout.size else 0.0
    if match["mark"] is None and _GOES_ON.match(match["rest"]):
        score -= 2.0
    return score
