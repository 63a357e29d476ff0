"""A caption -> what it says about each panel: "(a) Before, (b) after heat", "Grains before (a) and after (b) heat"."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

_LINK = r"(?:\s*(?:,|&|–|—|-|‐|and|to)\s*)"
_MARKS = r"(?:\s*(?:,|&|–|—|-|‐)\s*)"  # without words, as "of x and b)" names b alone
_LOWER, _UPPER = rf"(?P<marks>[a-z](?:{_LINK}[a-z])*)", rf"(?P<marks>[A-Z](?:{_LINK}[A-Z])*)"
_STYLES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\({_LOWER}\)",
        rf"\({_UPPER}\)",
        rf"(?<![\w(])(?P<marks>[a-z](?:{_MARKS}[a-z])*)\)",
        rf"(?<![\w(])(?P<marks>[A-Z](?:{_MARKS}[A-Z])*)\)",
        rf"(?:^|(?<=[.;:]\s)){_LOWER}[,:.]?\s+(?=[A-Z])",
        rf"(?:^|(?<=[.;:]\s)){_UPPER}[,:.]\s+(?=\w)",
    )
)
_ONE = re.compile(r"[A-Za-z]")
_RANGE = re.compile(r"([A-Za-z])\s*(?:–|—|-|‐|to)\s*([A-Za-z])")
_LINKED = re.compile(r"[.,;]|(?:and|or|of|in|at|for|under|with|by)\b")
_TAIL = re.compile(r"^[\s,;:.]+|(?:[\s,;:]|\band\b)+$")


@dataclass(frozen=True, slots=True)
class SubCaptions:
    """Panel letters of a caption, with the part of the text about each.

    Args:
        texts: Letter, as printed -> its part of the caption; in the order of the alphabet.
        common: Text before the first letter, which holds for all panels.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    common: str = ""

    @property
    def letters(self) -> tuple[str, ...]:
        """The panels that are named."""
        return tuple(self.texts)


def split_caption(caption: str) -> SubCaptions:
    """Cut a caption at its panel letters; nothing when it names fewer than two, from a or A on without a gap.

    A letter that was met before is a reference ("the line in (b)") and cuts nothing.

    Example:
        >>> split_caption("Steel. (a) Before and (b, c) after heat.").texts
        {'a': 'Before', 'b': 'after heat.', 'c': 'after heat.'}
    """
    best: list[tuple[str, int, int]] = []
    for style in _STYLES:
        marks = list(_in_order(caption, style))
        if sum(len(letters) for letters, _, _ in marks) > sum(len(letters) for letters, _, _ in best):
            best = marks
    if sum(len(letters) for letters, _, _ in best) < 2:
        return SubCaptions()
    return _trailing(caption, best) if _is_trailing(caption, best) else _leading(caption, best)


def _in_order(caption: str, style: re.Pattern[str]) -> Iterator[tuple[str, int, int]]:
    """(letters, start, end) of the marks that name the next letters of the alphabet."""
    expected = ""
    for mark in style.finditer(caption):
        letters = _letters(mark["marks"])
        if not expected and letters[0] in "aA":
            expected = letters[0]
        if letters[0] == expected and _follow(letters):
            yield letters, mark.start(), mark.end()
            expected = chr(ord(letters[-1]) + 1)


def _letters(marks: str) -> str:
    """ "a–c" -> "abc"; "a, c" -> "ac"."""
    spread = _RANGE.sub(lambda match: "".join(map(chr, range(ord(match[1]), ord(match[2]) + 1))), marks)
    return "".join(_ONE.findall(spread.replace("and", "")))


def _follow(letters: str) -> bool:
    return all(ord(after) - ord(before) == 1 for before, after in pairwise(letters))


def _is_trailing(caption: str, marks: list[tuple[str, int, int]]) -> bool:
    """True when letters stand behind what they name: words lead to the first, and a link or a stop follows a letter."""
    before = caption[: marks[0][1]].rstrip()
    if not before or before[-1] in ".:;,":
        return False
    behind = caption[marks[0][2] :].lstrip(), caption[marks[-1][2] :].lstrip()
    return _LINKED.match(behind[0]) is not None and (not behind[1] or _LINKED.match(behind[1]) is not None)


def _leading(caption: str, marks: list[tuple[str, int, int]]) -> SubCaptions:
    ends = [start for _, start, _ in marks[1:]] + [len(caption)]
    texts = {}
    for (letters, _, start), end in zip(marks, ends, strict=True):
        for letter in letters:
            texts[letter] = _TAIL.sub("", caption[start:end]).strip()
    return SubCaptions(texts, caption[: marks[0][1]].strip())


def _trailing(caption: str, marks: list[tuple[str, int, int]]) -> SubCaptions:
    starts = [0] + [end for _, _, end in marks[:-1]]
    texts = {}
    for (letters, end, _), start in zip(marks, starts, strict=True):
        for letter in letters:
            texts[letter] = _TAIL.sub("", caption[start:end]).removeprefix("and ").strip()
    return SubCaptions(texts, "")
