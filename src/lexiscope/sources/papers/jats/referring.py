"""Paragraphs that refer to the figures of an article: by cross-reference, or by naming them in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from lexiscope.sources.papers.jats.mentions import FigureName, mentioned, panels_mentioned
from lexiscope.sources.papers.jats.text import text_of

FLOATS = frozenset({"fig", "fig-group", "table-wrap", "table-wrap-group"})
PARTS = frozenset({"sub-article", "response"})  # articles inside an article


@dataclass(frozen=True, slots=True)
class Named:
    """Figure as its article can refer to it.

    Args:
        node: Its element.
        name: Name of the figure, or of the group that it stands in; None for one without a number.
        panel: Letter of the panel that it is of its group, in lower case; empty for a figure of its own.
        label: Label as printed, by which a figure without a name is found word for word; empty for all others.
    """

    node: Any
    name: FigureName | None
    panel: str = ""
    label: str = ""


def paragraphs_about(scope: Any, figures: Sequence[Named], *, dashed: bool = False) -> list[list[tuple[str, str]]]:
    """The paragraphs about each figure, with the titles of their sections, in reading order.

    Args:
        scope: Article, or article inside an article, whose paragraphs are read.
        figures: Its figures.
        dashed: Read "3-2" as figure 2 of chapter 3, as its labels do.
    """
    by_rid = _figures_by_id(figures)
    by_name = _figures_by_name(figures)
    by_label = _figures_by_label(figures)
    about: list[list[tuple[str, str]]] = [[] for _ in figures]
    references = _references(scope)
    for paragraph in _paragraphs(scope):
        rids = references.get(paragraph, set())
        # libxml2's own text is not what is kept, but it tells quickly which paragraphs name no figure: most of them.
        plain = etree.tostring(paragraph, method="text", encoding="unicode", with_tail=False)
        if not rids and not mentioned(plain) and not any(words.search(plain) for words in by_label.values()):
            continue
        text = text_of(paragraph, skip=FLOATS)
        places = {place for name in mentioned(text, dashed=dashed) for place in by_name.get(name, ())}
        places |= {place for place, words in by_label.items() if words.search(text)}
        for rid in rids:
            places |= by_rid.get(rid, set())
        places = {place for place in places if _is_meant(figures[place], text, rids)}
        section = _section(paragraph) if places else ""
        for place in sorted(places):
            about[place].append((text, section))
    return about


def _is_meant(figure: Named, text: str, rids: set[str]) -> bool:
    """False for a panel of a group where a paragraph names other panels of it alone."""
    if not figure.panel or figure.name is None or figure.node.get("id") in rids:
        return True
    letters = panels_mentioned(text, figure.name)
    return not letters or figure.panel in letters


def _figures_by_id(figures: Sequence[Named]) -> dict[str, set[int]]:
    """Id of a figure or of a group of figures -> places of the figures."""
    by_rid: dict[str, set[int]] = {}
    for place, figure in enumerate(figures):
        for holder in (figure.node, *figure.node.iterancestors("fig-group")):
            by_rid.setdefault(holder.get("id", ""), set()).add(place)
    return by_rid


def _figures_by_name(figures: Sequence[Named]) -> dict[FigureName, set[int]]:
    """Name -> places of the first figure that has it and of those of its group that share it."""
    by_name: dict[FigureName, set[int]] = {}
    for place, figure in enumerate(figures):
        if figure.name is None:
            continue
        places = by_name.setdefault(figure.name, {place})
        if _group(figure) is not None and _group(figure) is _group(figures[min(places)]):
            places.add(place)
    return by_name


def _figures_by_label(figures: Sequence[Named]) -> dict[int, re.Pattern[str]]:
    """Place of a figure without a name -> its label word for word, such as "Author response image 1" or "Рис. 1"."""
    numbered = ((place, figure.label.strip(" .:|")) for place, figure in enumerate(figures) if figure.name is None)
    return {
        place: re.compile(rf"(?<!\w){re.escape(label)}(?!\d|\.\d)", re.IGNORECASE)
        for place, label in numbered
        if len(label) > 1 and any(map(str.isdigit, label)) and not label.isdigit()
    }


def _group(figure: Named) -> Any:
    """The outermost group that a figure stands in."""
    return next(reversed([*figure.node.iterancestors("fig-group")]), None)


def _references(scope: Any) -> dict[Any, set[str]]:
    """Paragraph -> ids of the figures it cross-refers to, outside the captions and tables that stand inside it."""
    names: dict[Any, set[str]] = {}
    for reference in scope.iter("xref"):
        if reference.get("ref-type") != "fig":
            continue
        above = [(node, node.tag) for node in reference.iterancestors()]
        if not any(tag in FLOATS for _, tag in above):
            outermost = [node for node, tag in above if tag == "p"][-1:]
            names.setdefault(outermost[0] if outermost else None, set()).update(reference.get("rid", "").split())
    return names


def _paragraphs(scope: Any) -> Iterator[Any]:
    """Outermost paragraphs of the body and the appendices, without those of captions and tables."""
    for part in ("body", "back/app-group", "back/app"):
        for root in scope.iterfind(part):
            yield from _outermost(root)


def _outermost(node: Any) -> Iterator[Any]:
    for child in node.iterchildren(tag=etree.Element):
        if child.tag == "p":
            yield child
        elif child.tag not in FLOATS and child.tag not in PARTS:
            yield from _outermost(child)


def _section(paragraph: Any) -> str:
    section = next(paragraph.iterancestors("sec"), None)
    title = section.find("title") if section is not None else None
    return "" if title is None else text_of(title)
