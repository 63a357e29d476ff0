"""Lines -> blocks, and which blocks are prose: paragraphs, captions, headings; all else may belong to a figure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lexiscope.sources.papers.pdf.lines import Line
from lexiscope.sources.papers.pdf.places import Box, union

_LEADING = 0.85  # line heights of white space between lines of one block
_SAME_SIZE = 0.12  # relative difference of sizes within a block
_MARGIN = 4.0  # points by which edges of a column differ
_WIDE = 0.55  # share of a column's width that a line of prose fills
_MARGINALIA = 0.09  # share of the page's height in which running heads stand
_WORDS = re.compile(r"[^\W\d_]{2,}")
_IDEOGRAPHS = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # of Chinese and Japanese, with kana
_LETTERS_A_WORD = 2  # of these
_EDGES = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff60"  # letters and marks that no space joins
_UNSPACED = re.compile(rf"[{_EDGES}] [{_EDGES}]")
_MOST_GAP = 2.5  # line heights of white space between lines that still follow each other
_LEAST_PAIRS = 3  # neighbouring lines of a page that tell its pitch


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
    def turn(self) -> int:
        """Degrees by which its lines are turned against the clock."""
        return self.lines[0].turn

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
        heights: Height of each page that has another one, by its number and the turn of its lines.
        turn: Degrees by which most lines are turned against the clock.
    """

    size: float
    font: str
    column: float
    edges: tuple[float, ...]
    height: float
    heights: Mapping[tuple[int, int], float] = field(default_factory=dict)
    turn: int = 0

    def height_of(self, block: Block) -> float:
        """Height of the page that a block stands on."""
        return self.heights.get((block.page, block.turn), self.height)

    def at_edge(self, line: Line) -> bool:
        """True when a box starts where a column does, or is indented a little."""
        return any(-_MARGIN <= line.box[0] - edge <= 4 * _MARGIN for edge in self.edges)


def find_layout(
    lines: Iterable[Line], *, height: float, heights: Mapping[tuple[int, int], float] | None = None
) -> Layout:
    """The layout of a paper by majority, weighted by characters.

    Args:
        height: Height of the pages in points.
        heights: Height of each page that has another one, by its number and the turn of its lines.
    """
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    widths: Counter[int] = Counter()
    edges: Counter[int] = Counter()
    lines = list(lines)
    turn = _usual_turn(lines)
    long = [line for line in lines if _length(line.text) >= 30 and line.turn == turn]
    for line in long:
        sizes[round(line.size, 1)] += len(line.text)
        fonts[line.font] += len(line.text)
        widths[round(line.width / 6)] += len(line.text)
        edges[round(line.box[0] / 3)] += 1
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    column = 6.0 * widths.most_common(1)[0][0] if widths else 240.0
    font = fonts.most_common(1)[0][0] if fonts else ""
    enough = max(3, 0.03 * len(long))
    starts = tuple(sorted(3.0 * place for place, n in edges.items() if n >= enough))
    return Layout(size, font, column, starts, height, heights or {}, turn)


def _usual_turn(lines: Iterable[Line]) -> int:
    """Degrees by which most letters are turned."""
    turns: Counter[int] = Counter()
    for line in lines:
        turns[line.turn] += len(line.text)
    return turns.most_common(1)[0][0] if turns else 0


def find_blocks(lines: Sequence[Line]) -> list[Block]:
    """Blocks in the order of the file; lines of a double-spaced page lie farther apart than those of others."""
    pitches = _pitches(lines)
    blocks: list[list[Line]] = []
    for line in lines:
        if blocks and _goes_on(blocks[-1], line, pitches.get((line.page, line.turn), 0.0)):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return [Block(tuple(block)) for block in blocks]


def _pitches(lines: Sequence[Line]) -> dict[tuple[int, int], float]:
    """White space between the lines of each page, in heights of a line; where a page has few, that of the paper."""
    gaps: dict[tuple[int, int], Counter[float]] = {(line.page, line.turn): Counter() for line in lines}
    everywhere: Counter[float] = Counter()
    for last, line in pairwise(lines):
        if _follows(last, line):
            gap = round((line.box[1] - last.box[3]) / last.size, 1)
            gaps[line.page, line.turn][gap] += 1
            everywhere[gap] += 1
    counters = ((key, counter if counter.total() >= _LEAST_PAIRS else everywhere) for key, counter in gaps.items())
    return {key: counter.most_common(1)[0][0] if counter.total() >= _LEAST_PAIRS else 0.0 for key, counter in counters}


def _follows(last: Line, line: Line) -> bool:
    """True for lines of text that stand below each other at one edge and size."""
    gap = (line.box[1] - last.box[3]) / last.size
    aligned = abs(line.box[0] - last.box[0]) < 3 * _MARGIN and abs(line.size / last.size - 1) <= _SAME_SIZE
    same_page = (line.page, line.turn) == (last.page, last.turn)
    return same_page and aligned and 0 <= gap <= _MOST_GAP and min(_length(line.text), _length(last.text)) >= 15


def is_prose(block: Block, layout: Layout) -> bool:
    """True when a block is running text (or a running head), not a label, an equation or part of a table."""
    if is_marginal(block, layout):
        return True
    words = words_in(block.text)
    letters = sum(map(str.isalpha, block.text))
    if words < 5 or letters < 0.5 * len(block.text) or abs(block.lines[0].size / layout.size - 1) > 0.45:
        return False
    wide = sum(line.width >= _WIDE * layout.column for line in block.lines)
    return wide >= max(1, 0.5 * (len(block.lines) - 1)) and any(map(layout.at_edge, block.lines))


def is_marginal(block: Block, layout: Layout) -> bool:
    """True when a block is a running head or foot."""
    top, bottom = block.box[1], block.box[3]
    height = layout.height_of(block)
    edge = _MARGINALIA * height
    return len(block.lines) <= 2 and (bottom <= edge or top >= height - edge)


def words_in(text: str) -> int:
    """Number of words of two letters or more; two letters of Chinese or Japanese make one.

    Example:
        >>> words_in("5 large grains"), words_in("大きな結晶")
        (2, 2)
    """
    ideographs = len(_IDEOGRAPHS.findall(text))
    return len(_WORDS.findall(_IDEOGRAPHS.sub(" ", text) if ideographs else text)) + ideographs // _LETTERS_A_WORD


def _length(text: str) -> int:
    """Number of letters; one of Chinese or Japanese counts as two."""
    return len(text) + len(_IDEOGRAPHS.findall(text))


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
            space = "" if _UNSPACED.fullmatch(f"{text[-1:]} {line.text[:1]}") else " "
            text = f"{text}{space}{line.text}" if text else line.text
    return text


def _goes_on(block: list[Line], line: Line, pitch: float) -> bool:
    last = block[-1]
    if (line.page, line.turn) != (last.page, last.turn) or abs(line.size / last.size - 1) > _SAME_SIZE:
        return False
    gap = line.box[1] - last.box[3]
    across = min(line.box[2], last.box[2]) - max(line.box[0], last.box[0])
    near = -0.6 * last.size <= gap <= _spacing(block, pitch)
    return near and line.box[1] > last.box[1] and across > 0


def _spacing(block: list[Line], pitch: float) -> float:
    """White space that the next line may keep from the last: the block's own, or any that is ordinary on the page."""
    if len(block) < 2:
        return max(_LEADING, pitch + 0.25) * block[-1].size
    gap = max(line.box[1] - above.box[3] for above, line in pairwise(block[-4:]))
    return max(gap, 0.0) + 0.25 * block[-1].size
