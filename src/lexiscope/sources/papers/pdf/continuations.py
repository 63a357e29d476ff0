"""Captions that break off at the foot of a column: the lines at the head of the next column or page that go on."""

import re
from collections.abc import Iterator, Sequence

from lexiscope.sources.papers.pdf.blocks import Block, Layout, is_marginal, words_in
from lexiscope.sources.papers.pdf.lines import Line

_ENDED = re.compile(r".*[.!?。．！？][)\]”\"'’»]*|.*[)\]]", re.DOTALL)
_BREAKS = re.compile(
    r".*(?:[-–,;:(]|\b(?:a|an|and|are|as|at|be|been|by|for|from|had|has|have|in|into|is|of|on|or|than|that|the|to|was|were|"
    r"which|with|und|der|die|das|et|de|la|le|les|del|y|el|e|di|do|da))"
)
_LABELLED = re.compile(r"[A-Z]\w*\.?\s*\d")
_FOOT = 0.6  # share of the page's height from which a caption may stand at its foot
_SAME_SIZE = 0.06
_LEVEL = 4.0  # points by which the columns of one caption start differently
_FULL = 0.85  # share of its widest line that a line which breaks off fills
_LEAST_WORDS = 4


def follow(lines: Sequence[Line], blocks: Sequence[Block], layout: Layout) -> tuple[list[Block], tuple[str, ...]]:
    """Blocks with which a caption goes on elsewhere, and a note of it or of what seems to be missing.

    Args:
        lines: Lines of the caption that stand together.
        blocks: All blocks of the paper.
    """
    more: list[Block] = []
    last = list(lines)
    while not _ENDED.fullmatch(last[-1].text) and len(more) < 3:
        following = next(_following(last, blocks, layout, column=not more), None)
        if following is None:
            break
        more.append(following)
        last = list(following.lines)
    pages = sorted({block.page for block in more} - {lines[0].page})
    notes: tuple[str, ...] = ()
    if more:
        notes = (f"the caption goes on on page {pages[0] + 1}" if pages else "the caption goes on in the next column",)
    if not _ENDED.fullmatch(last[-1].text) and _breaks_off(last, blocks, layout):
        notes += (f"the caption seems to be cut short: it ends on page {last[-1].page + 1} within a sentence",)
    return more, notes


def _following(lines: list[Line], blocks: Sequence[Block], layout: Layout, *, column: bool) -> Iterator[Block]:
    """Blocks that may go on with a caption, the likeliest first.

    Args:
        column: Look beside the caption's first line too, where wide captions have their second column.
    """
    page, turn, top = lines[0].page, lines[0].turn, lines[0].box[1]
    left, right = min(line.box[0] for line in lines), max(line.box[2] for line in lines)
    aside = [block for block in _on(page, turn, blocks) if block.box[0] >= right - _LEVEL]
    places = [block for block in aside if column and abs(block.box[1] - top) <= _LEVEL]
    if _is_at_foot(lines, blocks, layout):
        after = _on(page + 1, turn, blocks)
        places += sorted(_heads(aside, layout), key=lambda block: block.box[0])
        places += sorted(_heads(after, layout), key=lambda block: (abs(block.box[0] - left) > _LEVEL, block.box[0]))
    return (block for block in places if _goes_on(lines, block, layout))


def _on(page: int, turn: int, blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if (block.page, block.turn) == (page, turn)]


def _heads(blocks: Sequence[Block], layout: Layout) -> Iterator[Block]:
    """Blocks at the heads of columns: nothing but running heads above them."""
    body = [block for block in blocks if not _is_running(block, layout)]
    for block in body:
        left, top, right, _ = block.box
        above = (other for other in body if other.box[3] <= top + 1 and other.box[0] < right and other.box[2] > left)
        if next(above, None) is None:
            yield block


def _is_running(block: Block, layout: Layout) -> bool:
    """True for a running head, which is no more than a few words; a caption's last line may stand as high."""
    return is_marginal(block, layout) and (
        words_in(block.text) < _LEAST_WORDS
        or block.box[1] < 0.055 * layout.height_of(block)
        or block.box[3] > 0.955 * layout.height_of(block)
    )


def _is_at_foot(lines: list[Line], blocks: Sequence[Block], layout: Layout) -> bool:
    last = lines[-1]
    height = layout.heights.get((last.page, last.turn), layout.height)
    if last.box[3] < _FOOT * height:
        return False
    left, right = min(line.box[0] for line in lines), max(line.box[2] for line in lines)
    below = (
        block
        for block in blocks
        if (block.page, block.turn) == (last.page, last.turn)
        and block.box[1] >= last.box[3] - 1
        and min(block.box[2], right) > max(block.box[0], left)
    )
    return all(is_marginal(block, layout) for block in below)


def _goes_on(lines: list[Line], block: Block, layout: Layout) -> bool:
    first, last = block.lines[0], lines[-1]
    if abs(first.size / last.size - 1) > _SAME_SIZE or _LABELLED.match(first.text):
        return False
    if first.text[:1].islower():
        return True
    of_body = first.font == layout.font and abs(first.size / layout.size - 1) < _SAME_SIZE
    if of_body and last.font == layout.font and abs(last.size / layout.size - 1) < _SAME_SIZE:
        return _BREAKS.fullmatch(last.text) is not None and not block.lines[0].bold
    ended = block.text.endswith((".", "。", "．"))
    return first.font == last.font and ended and words_in(block.text) >= _LEAST_WORDS


def _breaks_off(lines: list[Line], blocks: Sequence[Block], layout: Layout) -> bool:
    """True when a caption without a full stop ends within a sentence, by its last word or its place."""
    if _BREAKS.fullmatch(lines[-1].text):
        return True
    widest = max(layout.column if len(lines) == 1 else 0.0, *(line.width for line in lines))
    return lines[-1].width >= _FULL * widest and _is_at_foot(lines, blocks, layout)
