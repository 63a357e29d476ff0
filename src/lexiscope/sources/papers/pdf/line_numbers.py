"""Line numbers of manuscripts: numbers in the margin that count the lines of a page, which are no part of its text."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lexiscope.sources.papers.pdf.letters import Letter
from lexiscope.sources.papers.pdf.places import Box, union

_LEAST = 5  # numbers of a page that count its lines
_STEPS = (1, 2, 5, 10)  # lines from one number to the next
_COUNTED = 0.8  # share of numbers that follow the one above by the step
_ALIGNED = 3.0  # points by which their edges differ
_APART = 3.0  # points between a number and its line
_MOST_DIGITS = 4
_BARE = re.compile(r"(?<!\d)\d{1,4}(?!\d)")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    box: Box
    places: range


def find_line_numbers(letters: Sequence[Letter]) -> tuple[list[Box], list[Letter]]:
    """Boxes of a page's line numbers, and its letters without them."""
    if not _may_count(letters):
        return [], list(letters)
    found = {word.places: word.box for word in _line_numbers(list(_words(letters)))}
    counted = {place for places in found for place in places}
    kept = [_blank(letter) if place in counted else letter for place, letter in enumerate(letters)]
    return list(found.values()), kept


def _line_numbers(words: Sequence[_Word]) -> Iterator[_Word]:
    numbers = [word for word in words if word.text.isdecimal() and len(word.text) <= _MOST_DIGITS]
    for column in _columns(numbers):
        if _counts_lines(column) and _is_margin(column, words):
            yield from column


def _may_count(letters: Sequence[Letter]) -> bool:
    """True when bare numbers that stand apart count lines in some column, which is told without looking at words."""
    signs = "".join(letter.text if len(letter.text) == 1 else "x" for letter in letters)
    numbers = [_number(letters, match.span()) for match in _BARE.finditer(signs)]
    return any(_counts_lines(column) for column in _columns([number for number in numbers if number is not None]))


def _number(letters: Sequence[Letter], span: tuple[int, int]) -> _Word | None:
    """Digits in a row as a word; None where they do not stand apart, upright and beside each other."""
    first, end = span
    pairs = pairwise(range(first, end))
    if letters[first].turn or not all(_beside(letters[one], letters[other]) for one, other in pairs):
        return None
    if first and _beside(letters[first - 1], letters[first]):
        return None
    if end < len(letters) and _beside(letters[end - 1], letters[end]):
        return None
    piece = letters[first:end]
    return _Word("".join(letter.text for letter in piece), union(*(letter.box for letter in piece)), range(first, end))


def _blank(letter: Letter) -> Letter:
    return Letter(letter.number, " ", letter.box, letter.turn)


def _words(letters: Sequence[Letter]) -> Iterator[_Word]:
    """Upright letters that stand beside each other, without a space."""
    start = 0
    for end in range(1, len(letters) + 1):
        if end < len(letters) and _beside(letters[end - 1], letters[end]):
            continue
        piece = letters[start:end]
        if not piece[0].text.isspace() and piece[0].turn == 0:
            text = "".join(letter.text for letter in piece)
            yield _Word(text, union(*(letter.box for letter in piece)), range(start, end))
        start = end


def _beside(last: Letter, letter: Letter) -> bool:
    if last.text.isspace() or letter.text.isspace() or last.turn != letter.turn:
        return False
    height = last.box[3] - last.box[1]
    on_band = min(last.box[3], letter.box[3]) - max(last.box[1], letter.box[1]) > 0.3 * height
    return on_band and -0.5 * height < letter.box[0] - last.box[2] < 0.25 * height


def _columns(numbers: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Numbers with a common right edge, or a common left one, from the top."""
    for edge in (2, 0):
        columns: dict[int, list[_Word]] = defaultdict(list)
        for word in numbers:
            columns[round(word.box[edge] / _ALIGNED)].append(word)
        for place in list(columns):
            column = [*columns[place], *columns.get(place + 1, [])]
            yield sorted(column, key=lambda word: word.box[1])


def _counts_lines(column: Sequence[_Word]) -> bool:
    if len(column) < _LEAST:
        return False
    steps = Counter(int(below.text) - int(above.text) for above, below in pairwise(column))
    step, count = steps.most_common(1)[0]
    return step in _STEPS and count >= _COUNTED * (len(column) - 1)


def _is_margin(column: Sequence[_Word], words: Sequence[_Word]) -> bool:
    """True when the numbers stand outside of all lines, and beside them."""
    left, _, right, _ = union(*(word.box for word in column))
    level = _beside_column(column, words)
    if sum(len(word.text) > 1 and not word.text.isdecimal() for word in level) < len(column):
        return False
    before = all(word.box[0] >= right + _APART for word in level)
    return before or all(word.box[2] <= left - _APART for word in level)


def _beside_column(column: Sequence[_Word], words: Sequence[_Word]) -> list[_Word]:
    """Other words on the height that a column takes."""
    numbers = {word.places for word in column}
    top, bottom = column[0].box[1], column[-1].box[3]
    return [word for word in words if word.box[3] > top and word.box[1] < bottom and word.places not in numbers]
