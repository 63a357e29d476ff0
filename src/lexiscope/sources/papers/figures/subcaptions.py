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
_NEXT = re.compile(r"[.,;&]|(?:and|or|versus|vs)\b")
_AWAITS = re.compile(
    r"(?:^|\s)(?:of|in|at|for|under|with|by|from|on|to|and|or|the|an?|both|between|using|shows?|showing|via)$",
    re.IGNORECASE,
)
_OWN_HEAD = re.compile(
    r"\b(?:of|images?|micrographs?|photos?|photographs?|spectr\w+|curves?|patterns?|plots?|maps?|diagrams?|profiles?|views?"
    r"|distributions?|SEM|TEM|XRD|EDS|AFM)\b"
)
_LINK_WORD = re.compile(r"^(?:and|or|versus|vs\.?)\s+")
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
    """True when letters stand behind what they name: words lead to each, and a link to the next thing follows it.

    What stands behind the last letter, as in "glass (a) and steel (b) powders", holds for all.
    """
    before = caption[: marks[0][1]].rstrip()
    if not before or before[-1] in ".:;,–—-" or _AWAITS.search(before):
        return False
    starts = [end for _, _, end in marks[:-1]]
    if not all(_NEXT.match(caption[start:].lstrip()) for start in starts):
        return False
    between = [caption[start:end] for start, (_, end, _) in zip(starts, marks[1:], strict=True)]
    return all(_TAIL.sub("", words).strip() and not _AWAITS.search(words.rstrip()) for words in between)


def _leading(caption: str, marks: list[tuple[str, int, int]]) -> SubCaptions:
    ends = [start for _, start, _ in marks[1:]] + [len(caption)]
    texts = {}
    for (letters, _, start), end in zip(marks, ends, strict=True):
        for letter in letters:
            texts[letter] = _TAIL.sub("", caption[start:end]).strip()
    return SubCaptions(texts, caption[: marks[0][1]].strip())


def _trailing(caption: str, marks: list[tuple[str, int, int]]) -> SubCaptions:
    starts = [0] + [end for _, _, end in marks[:-1]]
    parts = [
        _LINK_WORD.sub("", _TAIL.sub("", caption[start:end]).strip())
        for (_, end, _), start in zip(marks, starts, strict=True)
    ]
    head = _shared_head(parts)
    parts[0] = parts[0].removeprefix(head).lstrip()
    texts = {letter: part for (letters, _, _), part in zip(marks, parts, strict=True) for letter in letters}
    return SubCaptions(texts, head)


def _shared_head(parts: list[str]) -> str:
    """Words that hold for all: "Spectra of" in "Spectra of glass (a) and steel (b)"; empty where none do."""
    head = re.match(r".*\bof\b(?=\s)", re.split(r"[.;]\s+", parts[0])[-1])
    if head is None or not parts[0].startswith(head.group()):
        return ""
    return "" if any(_OWN_HEAD.search(part) for part in parts[1:]) else head.group()
