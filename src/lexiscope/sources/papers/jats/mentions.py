"""Words that refer to figures: "Fig. 3", "Figs. 3a-c", "Figures 2, 4 and 6-8", "Supplementary Figure 2", "Scheme 1"."""

import re
from dataclasses import dataclass

_WORDS = {
    "fig": "fig figs figure figures figura figuras figur figurer figuur figuren afbeelding abb "
    "abbildung abbildungen bild bilder 図 图 圖",
    "scheme": "scheme schemes schema schemata schéma schémas esquema esquemas",
    "chart": "chart charts diagramm diagramme",
    "plate": "plate plates tafel tafeln planche planches",
    "graph": "graph graphs graphique graphiques gráfico gráficos grafico grafici",
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_PLURALS = {word for word in _KINDS if word.endswith(("s", "en", "bilder", "grafici", "schemata"))}
# "3", "S2", "A.3", "2.1", "S1.2", "IV.3": letters, numbers of chapters, and the figure's own.
_NUMBER = (
    r"(?P<letter>[IVX]{1,5}(?=[.-])|[A-Z]{0,2}?)[.－-]?"
    r"(?P<chapters>(?:\d{1,3}PARTED){0,2})(?P<number>\d{1,3})(?!\d|\.\d)"
)
# Starts with a set of letters and looks back for the word's edge, which searches many times faster than \b(fig|...).
_START = re.compile(
    r"(?P<word>[FSCPGABDTEfscpgabdte](?<![0-9A-Za-zÀ-ɏ_][A-Za-z])[A-Za-zéá]{2,10}|[図图圖])"
    r"(?![A-Za-z])\.?\s*(?=[A-Za-z]{0,5}[.－-]?\d)"
)
_BEFORE = re.compile(r"(?P<other>supplement\w*|supporting|suppl?\.|extended data)\s*$", re.IGNORECASE)
_ITEM = re.compile(_NUMBER.replace("PARTED", r"\."), re.IGNORECASE)
_DASHED_ITEM = re.compile(_NUMBER.replace("PARTED", "[.‐‑–－-]"), re.IGNORECASE)
_PANEL = r"\(?[a-z]\)?(?![a-z])'?"
_PANELS = re.compile(rf"(?!\s[ye]\s+\d)\s?{_PANEL}(?:\s*(?:[,&–—‐-]|and|to)\s*{_PANEL})*", re.IGNORECASE)
_NEXT = re.compile(
    r"\s*(?P<link>,\s*and|[,;&、，]|and|und|et|y|e|[–—‐〜～~-]|to|through|bis|à)\s*(?=(?:[A-Z]{1,2}[.-]?)?\d)",
    re.IGNORECASE,
)
# "Fig. 1 and 2 show": a singular word goes on where what follows the number is no unit and no counted thing.
_AND = re.compile(
    r"\s*(?:and|&|und|et)\s*(?=\d{1,3}(?:\.\d{1,3})*(?:\s?[a-h]\b|\s*[).,;:\]]|"
    r"\s+(?:from|show|in|for|are|were|compare|illustrate|display|zeigen|sind|montrent)))"
)
# "Figure 1—figure supplement 2", as eLife has them: neither Figure 1 nor Figure 2
_SUPPLEMENT = re.compile(
    r"\s*[‐‑–—-]+\s*(?P<what>figure supplement|table supplement|source data|source code|video)s?\s*(?P<numbers>\d+"
    r"(?:(?:\s*,\s*|\s*(?:,\s*)?(?:and|&)\s*|\s*[‐–-]\s*)\d+)*)",
    re.IGNORECASE,
)
_PART = re.compile(r"(?P<part>(?:appendix|box|chapter)\s*\w{0,3})\s*[‐‑–—-]+\s*$", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\s*(?:of|in|from)\s+(?:the\s+)?(?:ref(?:erence)?s?\b|\[\d)", re.IGNORECASE)
_DASHES = ("–", "—", "‐", "-", "〜", "～", "~")
_RANGES = (*_DASHES, "to", "through", "bis", "à")
_LONGEST_RANGE = 30
_LONGEST_WORD = 20  # characters of "Supplementary " and its like


@dataclass(frozen=True, slots=True)
class FigureName:
    """Name shared by a label and its mentions: "Figure S2" and "Figs. S1-S3" both name ("fig", "S", 2).

    Args:
        series: What stands before the last number: "S" of "S2", "2." of "2.1", "S1." of "S1.2", "3." of "3-2".
    """

    kind: str
    series: str
    number: int


def name_of_label(label: str) -> FigureName | None:
    """The name that a label such as "Figure 3.", "Scheme 1" or "Abb. 3-2" gives; None when it has no number.

    Example:
        >>> name_of_label("Supplementary Figure 2.")
        FigureName(kind='fig', series='S', number=2)
        >>> name_of_label("Figure 3-2:")
        FigureName(kind='fig', series='3.', number=2)
    """
    names = mentioned(label, dashed=is_dashed(label))
    return names[0] if names else None


def is_dashed(label: str) -> bool:
    """True for a label whose number joins chapter and figure by a dash, such as "Figure 3-2".

    Example:
        >>> is_dashed("Fig. 3-2"), is_dashed("Figs. 3-5"), is_dashed("Fig. 2.1")
        (True, False, False)
    """
    start = _START.search(label)
    if start is None or start["word"].lower() in _PLURALS:
        return False
    item = _DASHED_ITEM.match(label, start.end())
    return item is not None and any(hyphen in item["chapters"] for hyphen in "-‐‑–－")


def mentioned(text: str, *, dashed: bool = False) -> list[FigureName]:
    """Every figure that `text` refers to, ranges written out, in reading order and once each.

    A singular word takes one number or one dashed range; only a plural one goes on after a comma or after any "and", so
    that "Figure 5, 10 samples" names one figure. Figures of other works ("Fig. 3 of ref. 12") do not count.

    Args:
        dashed: Read "3-2" as figure 2 of chapter 3, as in papers whose labels do, and not as a range.

    Example:
        >>> [name.number for name in mentioned("see Figs. 3a-c and 5–7")]
        [3, 5, 6, 7]
        >>> mentioned("as Abb. 2.1 zeigt")
        [FigureName(kind='fig', series='2.', number=1)]
    """
    names: dict[FigureName, None] = {}
    for start in _START.finditer(text):
        if start["word"].lower() in _KINDS:
            names |= dict.fromkeys(_names_after(text, start, _DASHED_ITEM if dashed else _ITEM))
    return list(names)


def panels_mentioned(text: str, name: FigureName) -> frozenset[str]:
    """Letters of the panels of one figure that a text names, in lower case; none where it also names the whole figure.

    Example:
        >>> sorted(panels_mentioned("Figs. 2a-c agree", FigureName("fig", "", 2)))
        ['a', 'b', 'c']
        >>> panels_mentioned("Figure 2 and Fig. 2b", FigureName("fig", "", 2))
        frozenset()
    """
    letters: set[str] = set()
    for start in _START.finditer(text):
        names = _names_after(text, start, _ITEM) if start["word"].lower() in _KINDS else []
        if name not in names:
            continue
        item = _ITEM.match(text, start.end())
        panels = _PANELS.match(text, item.end()) if item is not None and names[0] == name else None
        if panels is None:
            return frozenset()
        letters |= _letters(panels.group())
    return frozenset(letters)


def _letters(panels: str) -> set[str]:
    """Letters of "a-c" and "(a, c)", in lower case."""
    words = re.sub(r"\band\b|\bto\b", lambda word: "-" if word.group() == "to" else ",", panels.lower())
    letters: set[str] = set()
    for first, last in re.findall(r"([a-z])\)?'?(?:\s*[–—‐-]\s*\(?([a-z]))?", words):
        letters |= {chr(code) for code in range(ord(first), ord(last or first) + 1)}
    return letters


def _names_after(text: str, start: re.Match[str], number: re.Pattern[str]) -> list[FigureName]:
    word = start["word"].lower()
    kind = _KINDS[word]
    names: list[FigureName] = []
    link = ""
    position = start.end()
    while item := number.match(text, position):
        before = text[max(0, start.start() - _LONGEST_WORD) : start.start()]
        name = FigureName(kind, _series(before, item["letter"], item["chapters"]), int(item["number"]))
        names += _between(names[-1], name) if link in _RANGES else []
        names.append(name)
        position = _past_panels(text, item.end())
        if supplement := _SUPPLEMENT.match(text, position):
            names[-1:] = _supplements(name, supplement)
            position = supplement.end()
        step = _NEXT.match(text, position)
        if step is None or not (word in _PLURALS or step["link"] in _DASHES or _AND.match(text, position)):
            break
        link, position = step["link"].lower(), step.end()
    return [] if _ELSEWHERE.match(text, position) else names


def _series(before: str, letter: str, chapters: str) -> str:
    """ "S" of Figure S1 and of Supplementary Figure 1, "E" of Extended Data Figure 1, nothing for the article's own."""
    parts = "".join(f"{int(chapter)}." for chapter in re.findall(r"\d+", chapters))
    if letter:
        return letter.upper() + parts
    if part := _PART.search(before):
        return f"{' '.join(part['part'].lower().split())}—{parts}"
    other = _BEFORE.search(before)
    if other is None:
        return parts
    return ("E" if other["other"].lower().startswith("extended") else "S") + parts


def _supplements(name: FigureName, match: re.Match[str]) -> list[FigureName]:
    """Names of the supplements to one figure, ranges written out."""
    series = f"{name.series}{name.number}—{' '.join(match['what'].lower().split())} "
    names: list[FigureName] = []
    for link, number in re.findall(r"(\D*)(\d+)", match["numbers"]):
        supplement = FigureName(name.kind, series, int(number))
        names += _between(names[-1], supplement) if names and link.strip() in _DASHES else []
        names.append(supplement)
    return names


def _between(first: FigureName, last: FigureName) -> list[FigureName]:
    if first.series != last.series or last.number - first.number > _LONGEST_RANGE:
        return []
    return [FigureName(first.kind, first.series, n) for n in range(first.number + 1, last.number)]


def _past_panels(text: str, position: int) -> int:
    panels = _PANELS.match(text, position)
    return panels.end() if panels else position
