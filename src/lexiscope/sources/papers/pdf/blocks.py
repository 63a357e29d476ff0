"""Lines -> blocks, and which blocks are prose: paragraphs, captions, headings; all else may belong to a figure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lexiscope.sources.papers.pdf.lines import Box, Line, union

_LEADING = 0.85  # line heights of white space between lines of one block
_SAME_SIZE = 0.12  # relative difference of sizes within a block
_MARGIN = 4.0  # points by which edges of a column differ
_WIDE = 0.55  # share of a column's width that a line of prose fills
_MARGINALIA = 0.09  # share of the page's height in which running heads stand
_WORDS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that follow each other at one size and one distance."""

    lines: tuple[Line, ...]

    @property
    def box(self) -> Box:
        """Around all lines."""
        return union(*(line.box for line in self.lines))

    @property
    def page(self) -> int:
        """From 0."""
        return self.lines[0].page

    @property
    def text(self) -> str:
        """Words of the block, hyphens at line ends taken out."""
        return joined_text(self.lines)


@dataclass(frozen=True, slots=True)
class Layout:
    """Common layout of the pages of a paper.

    Args:
        size: Size of the letters that most of the text is set in.
        font: Name of the font of most lines.
        column: Width of a column of text.
        edges: Left edges of its columns.
        height: Height of the pages.
    """

    size: float
    font: str
    column: float
    edges: tuple[float, ...]
    height: float

    def at_edge(self, line: Line) -> bool:
        """True when a box starts where a column does, or is indented a little."""
        return any(-_MARGIN <= line.box[0] - edge <= 4 * _MARGIN for edge in self.edges)


def find_layout(lines: Iterable[Line], *, height: float) -> Layout:
    """The layout of a paper by majority, weighted by characters."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    widths: Counter[int] = Counter()
    edges: Counter[int] = Counter()
    long = [line for line in lines if len(line.text) >= 30]
    for line in long:
        sizes[round(line.size, 1)] += len(line.text)
        fonts[line.font] += len(line.text)
        widths[round(line.width / 6)] += len(line.text)
        edges[round(line.box[0] / 3)] += 1
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    column = 6.0 * widths.most_common(1)[0][0] if widths else 240.0
    font = fonts.most_common(1)[0][0] if fonts else ""
    enough = max(3, 0.03 * len(long))
    return Layout(size, font, column, tuple(sorted(3.0 * place for place, n in edges.items() if n >= enough)), height)


def find_blocks(lines: Iterable[Line]) -> list[Block]:
    """Blocks in the order of the file."""
    blocks: list[list[Line]] = []
    for line in lines:
        if blocks and _goes_on(blocks[-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return [Block(tuple(block)) for block in blocks]


def is_prose(block: Block, layout: Layout) -> bool:
    """True when a block is running text (or a running head), not a label, an equation or part of a table."""
    if is_marginal(block, layout):
        return True
    words = len(_WORDS.findall(block.text))
    letters = sum(map(str.isalpha, block.text))
    if words < 5 or letters < 0.5 * len(block.text) or abs(block.lines[0].size / layout.size - 1) > 0.45:
        return False
    wide = sum(line.width >= _WIDE * layout.column for line in block.lines)
    return wide >= max(1, 0.5 * (len(block.lines) - 1)) and any(map(layout.at_edge, block.lines))


def is_marginal(block: Block, layout: Layout) -> bool:
    """True when a block is a running head or foot."""
    top, bottom = block.box[1], block.box[3]
    edge = _MARGINALIA * layout.height
    return len(block.lines) <= 2 and (bottom <= edge or top >= layout.height - edge)


def joined_text(lines: Iterable[Line]) -> str:
    """Words of lines as one text; a word that a hyphen divides at a line's end becomes whole.

    Example:
        >>> texts = ("The micro-", "structure of", "glass")
        >>> joined_text(Line(text, (0, 0, 9, 9), 0, 9.0, "Times", bold=False) for text in texts)
        'The microstructure of glass'
    """
    text = ""
    for line in lines:
        if text.endswith("-") and len(text) > 1 and text[-2].isalpha() and line.text[:1].islower():
            text = text[:-1] + line.text
        elif text.endswith(("-", "–")) and text[-2:-1].isalnum():
            text += line.text
        else:
            text = f"{text} {line.text}" if text else line.text
    return text


def _goes_on(block: list[Line], line: Line) -> bool:
    last = block[-1]
    if line.page != last.page or abs(line.size / last.size - 1) > _SAME_SIZE:
        return False
    gap = line.box[1] - last.box[3]
    across = min(line.box[2], last.box[2]) - max(line.box[0], last.box[0])
    near = -0.6 * last.size <= gap <= _spacing(block)
    return near and line.box[1] > last.box[1] and across > 0


def _spacing(block: list[Line]) -> float:
    """White space that the next line may keep from the last: the block's own, or any ordinary one."""
    if len(block) < 2:
        return _LEADING * block[-1].size
    gap = block[-1].box[1] - block[-2].box[3]
    return max(gap, 0.0) + 0.25 * block[-1].size
