"""Words that refer to figures: "Fig. 3", "Figs. 3a-c", "Figures 2, 4 and 6-8", "Supplementary Figure 2", "Scheme 1"."""

import re
from dataclasses import dataclass

_KINDS = {"fig": "fig", "figure": "fig", "scheme": "scheme", "chart": "chart", "plate": "plate", "graph": "graph"}
_KINDS |= {f"{word}s": kind for word, kind in _KINDS.items()}
_NUMBER = r"(?P<letter>[A-Z]{0,2}?)-?(?P<number>\d{1,3})(?!\d|\.\d)"
# Starts with a set of letters and looks back for the word's edge, which searches many times faster than \b(fig|...).
_START = re.compile(r"(?P<word>[FSCPGfscpg](?<!\w\w)[A-Za-z]{2,6})(?![A-Za-z])\.?\s*(?=[A-Za-z]{0,2}-?\d)")
_BEFORE = re.compile(r"(?P<other>supplement\w*|supporting|suppl?\.|extended data)\s*$", re.IGNORECASE)
_ITEM = re.compile(_NUMBER, re.IGNORECASE)
_PANEL = r"\(?[a-z]\)?(?![a-z])'?"
_PANELS = re.compile(rf"\s?{_PANEL}(?:\s*(?:[,&–—‐-]|and|to)\s*{_PANEL})*", re.IGNORECASE)
_NEXT = re.compile(r"\s*(?P<link>,\s*and|[,;&]|and|[–—‐-]|to|through)\s*(?=[A-Z]{0,2}\d)", re.IGNORECASE)
# "Fig. 1 and 2 show": a singular word goes on where what follows the number is no unit and no counted thing.
_AND = re.compile(
    r"\s*(?:and|&)\s*(?=\d{1,3}(?:\s?[a-h]\b|\s*[).,;:\]]|\s+(?:from|show|in|for|are|were|compare|illustrate|display)))"
)
_ELSEWHERE = re.compile(r"\s*(?:of|in|from)\s+(?:the\s+)?(?:ref(?:erence)?s?\b|\[\d)", re.IGNORECASE)
_DASHES = ("–", "—", "‐", "-")
_RANGES = (*_DASHES, "to", "through")
_LONGEST_RANGE = 30
_LONGEST_WORD = 20  # characters of "Supplementary " and its like


@dataclass(frozen=True, slots=True)
class FigureName:
    """Name shared by a label and its mentions: "Figure S2" and "Figs. S1-S3" both name ("fig", "S", 2)."""

    kind: str
    series: str
    number: int


def name_of_label(label: str) -> FigureName | None:
    """The name that a label such as "Figure 3." or "Scheme 1" gives; None when it has no number.

    Example:
        >>> name_of_label("Supplementary Figure 2.")
        FigureName(kind='fig', series='S', number=2)
    """
    names = mentioned(label)
    return names[0] if names else None


def mentioned(text: str) -> list[FigureName]:
    """Every figure that `text` refers to, ranges written out, in reading order and once each.

    A singular word takes one number or one dashed range; only a plural one goes on after a comma or after any "and", so
    that "Figure 5, 10 samples" names one figure. Figures of other works ("Fig. 3 of ref. 12") do not count.

    Example:
        >>> [name.number for name in mentioned("see Figs. 3a-c and 5–7")]
        [3, 5, 6, 7]
    """
    names: dict[FigureName, None] = {}
    for start in _START.finditer(text):
        if start["word"].lower() in _KINDS:
            names |= dict.fromkeys(_names_after(text, start))
    return list(names)


def _names_after(text: str, start: re.Match[str]) -> list[FigureName]:
    word = start["word"].lower()
    kind = _KINDS[word]
    names: list[FigureName] = []
    link = ""
    position = start.end()
    while item := _ITEM.match(text, position):
        name = FigureName(
            kind,
            _series(text[max(0, start.start() - _LONGEST_WORD) : start.start()], item["letter"]),
            int(item["number"]),
        )
        names += _between(names[-1], name) if link in _RANGES else []
        names.append(name)
        position = _past_panels(text, item.end())
        step = _NEXT.match(text, position)
        if step is None or not (word.endswith("s") or step["link"] in _DASHES or _AND.match(text, position)):
            break
        link, position = step["link"].lower(), step.end()
    return [] if _ELSEWHERE.match(text, position) else names


def _series(before: str, letter: str) -> str:
    """ "S" of Figure S1 and of Supplementary Figure 1, "E" of Extended Data Figure 1, nothing for the article's own."""
    if letter:
        return letter.upper()
    other = _BEFORE.search(before)
    if other is None:
        return ""
    return "E" if other["other"].lower().startswith("extended") else "S"


def _between(first: FigureName, last: FigureName) -> list[FigureName]:
    if first.series != last.series or last.number - first.number > _LONGEST_RANGE:
        return []
    return [FigureName(first.kind, first.series, n) for n in range(first.number + 1, last.number)]


def _past_panels(text: str, position: int) -> int:
    panels = _PANELS.match(text, position)
    return panels.end() if panels else position
