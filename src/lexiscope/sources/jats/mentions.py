"""Words that refer to figures: "Fig. 3", "Figs. 3a-c", "Figures 2, 4 and 6-8", "Supplementary Figure 2", "Scheme 1"."""

import re
from dataclasses import dataclass

_KINDS = r"(?P<kind>fig(?:ure)?|scheme|chart|plate|photo|graph|box)(?P<plural>s?)\b\.?"
_BEFORE = r"(?P<other>supplement\w*|supporting|suppl?\.?|extended data)?\s*"
_NUMBER = r"(?P<letter>[A-Z]{0,2}?)-?(?P<number>\d{1,3})(?!\d|\.\d)"
_START = re.compile(rf"\b{_BEFORE}{_KINDS}\s*(?=[A-Z]{{0,2}}-?\d)", re.IGNORECASE)
_ITEM = re.compile(_NUMBER, re.IGNORECASE)
_PANEL = r"\(?[a-z]\)?(?![a-z])'?"
_PANELS = re.compile(rf"\s?{_PANEL}(?:\s*(?:[,&–—‐-]|and|to)\s*{_PANEL})*", re.IGNORECASE)
_NEXT = re.compile(r"\s*(?P<link>,\s*and|[,;&]|and|[–—‐-]|to|through)\s*(?=[A-Z]{0,2}\d)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\s*(?:of|in|from)\s+(?:the\s+)?(?:ref(?:erence)?s?\b|\[\d)", re.IGNORECASE)
_RANGES = ("–", "—", "‐", "-", "to", "through")
_LONGEST_RANGE = 30


@dataclass(frozen=True, slots=True)
class FigureName:
    """What a label and its mentions share: "Figure S2" and "Figs. S1-S3" both name ("fig", "S", 2)."""

    kind: str
    series: str
    number: int


def name_of_label(label: str) -> FigureName | None:
    """The name that a label such as "Figure 3." or "Scheme 1" gives; None when it has no number."""
    names = mentioned(label)
    return names[0] if names else None


def mentioned(text: str) -> list[FigureName]:
    """Every figure that `text` refers to, ranges written out, in reading order and once each.

    A singular word takes one number or one range; only a plural one goes on after a comma or an "and", so that
    "Figure 5, 10 samples" names one figure. Figures of other works ("Fig. 3 of ref. 12") do not count.

    Example:
        >>> [name.number for name in mentioned("see Figs. 3a-c and 5–7")]
        [3, 5, 6, 7]
    """
    found: dict[FigureName, None] = {}
    for start in _START.finditer(text):
        found |= dict.fromkeys(_names_after(text, start))
    return list(found)


def _names_after(text: str, start: re.Match[str]) -> list[FigureName]:
    kind = "fig" if start["kind"].lower().startswith("fig") else start["kind"].lower()
    names: list[FigureName] = []
    link = ""
    place = start.end()
    while item := _ITEM.match(text, place):
        name = FigureName(kind, _series(start["other"], item["letter"]), int(item["number"]))
        names += _between(names[-1], name) if link in _RANGES else []
        names.append(name)
        place = _past_panels(text, item.end())
        step = _NEXT.match(text, place)
        if step is None or not (start["plural"] or step["link"] in _RANGES):
            break
        link, place = step["link"].lower(), step.end()
    return [] if _ELSEWHERE.match(text, place) else names


def _series(other: str | None, letter: str) -> str:
    if letter:
        return letter.upper()
    if not other:
        return ""
    return "E" if other.lower().startswith("extended") else "S"


def _between(first: FigureName, last: FigureName) -> list[FigureName]:
    if first.series != last.series or last.number - first.number > _LONGEST_RANGE:
        return []
    return [FigureName(first.kind, first.series, n) for n in range(first.number + 1, last.number)]


def _past_panels(text: str, place: int) -> int:
    panels = _PANELS.match(text, place)
    return panels.end() if panels else place
