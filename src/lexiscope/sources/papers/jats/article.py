"""One article XML file -> its facts, its figures and what is written about them, in one pass over a parsed tree."""

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from lexiscope.core.errors import SourceError
from lexiscope.sources.markup import safe_parser
from lexiscope.sources.papers.jats.licence import short_licence
from lexiscope.sources.papers.jats.mentions import FigureName, mentioned, name_of_label
from lexiscope.sources.paths import check_regular

MAX_XML_BYTES = 64 << 20
_ROOTS = ("article", "pmc-articleset")
_HREF = "{http://www.w3.org/1999/xlink}href"
_FLOATS = frozenset({"fig", "fig-group", "table-wrap", "table-wrap-group"})
_NOT_WORDS = frozenset({"tex-math", "object-id", "graphic", "inline-graphic", "media", "fn", "alt-text", "long-desc"})
_BLOCKS = frozenset({"p", "title", "list-item", "break", "disp-formula", "td", "label"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One `<fig>`.

    Args:
        id: Unique in its article.
        label: Label as printed, "Figure 3"; empty when it has none.
        name: Name that mentions use; None when the label has no number.
        caption: Title and paragraphs of the caption, white space normalised.
        graphics: The names of its image files, as the XML states them.
        mentions: Paragraphs elsewhere in the article that refer to it, in reading order.
        section: Title of the section that mentions it first; empty where that has none.
        licence: Licence of the figure itself, where it states one.
    """

    id: str
    label: str
    name: FigureName | None
    caption: str
    graphics: tuple[str, ...]
    mentions: tuple[str, ...]
    section: str = ""
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """Statements of an article about itself; empty text where it makes none."""

    pmcid: str
    doi: str
    title: str
    journal: str
    year: str
    licence: str
    figures: tuple[Figure, ...]


def read_articles(path: Path) -> list[Article]:
    """The articles of an XML file; none when its root is something else.

    Raises:
        SourceError: not well-formed XML, too deep, too large, or an entity bomb.
    """
    size = check_regular(path)
    if size > MAX_XML_BYTES:
        msg = f"{path.name} has {size:,} bytes; at most {MAX_XML_BYTES:,} bytes of XML are read"
        raise SourceError(msg, remedy="split the collection into one file an article")
    try:
        root = etree.parse(path, safe_parser()).getroot()
        if root.tag not in _ROOTS:
            return []
        return [_article(node) for node in ([root] if root.tag == "article" else root.iterchildren("article"))]
    except (etree.XMLSyntaxError, RecursionError) as error:
        raise SourceError(f"{path.name} is no well-formed XML: {error}", remedy="download the article again") from error


def _article(node: Any) -> Article:
    meta = node.find("front/article-meta")
    journal = node.find("front/journal-meta")
    return Article(
        pmcid=_pmcid(meta),
        doi=_first(meta, "article-id[@pub-id-type='doi']"),
        title=_first(meta, "title-group/article-title"),
        journal=_first(journal, ".//journal-title") or _first(journal, "journal-id"),
        year=_first(meta, "pub-date/year"),
        licence=_licence(meta) or "unknown",
        figures=tuple(_figures(node)),
    )


def _pmcid(meta: Any) -> str:
    stated = _first(meta, "article-id[@pub-id-type='pmcid']") or _first(meta, "article-id[@pub-id-type='pmc']")
    return f"PMC{stated}" if stated.isdigit() else stated


def _first(node: Any, path: str) -> str:
    child = node.find(path) if node is not None else None
    return _text(child) if child is not None else ""


def _licence(node: Any) -> str | None:
    stated = list(node.iterfind("permissions/license")) if node is not None else []
    if not stated:
        return None
    links = [link for licence in stated for part in licence.iter() if (link := part.get(_HREF))]
    return short_licence(links, " ".join(map(_text, stated)))


def _figures(article: Any) -> Iterator[Figure]:
    nodes = list(article.iter("fig"))
    ids = _unique(node.get("id") or f"fig{number}" for number, node in enumerate(nodes, start=1))
    labels = [_first(node, "label") for node in nodes]
    names = [name_of_label(label) for label in labels]
    mentions = _mentions(article, nodes, names)
    for node, own_id, label, name, about in zip(nodes, ids, labels, names, mentions, strict=True):
        yield Figure(
            id=own_id,
            label=label,
            name=name,
            caption=_first(node, "caption"),
            graphics=tuple(dict.fromkeys(href for graphic in node.iter("graphic") if (href := graphic.get(_HREF)))),
            mentions=tuple(dict.fromkeys(text for text, _ in about)),
            section=next((section for _, section in about), ""),
            licence=_licence(node),
        )


def _unique(ids: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in ids:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return unique


def _mentions(article: Any, nodes: list[Any], names: list[FigureName | None]) -> list[list[tuple[str, str]]]:
    """The paragraphs about each figure, with their sections: those that cross-refer to it or name it in words."""
    by_rid = _figures_by_id(nodes)
    by_name = _figures_by_name(names)
    about: list[list[tuple[str, str]]] = [[] for _ in nodes]
    references = _references(article)
    for paragraph in _paragraphs(article):
        rids = references.get(paragraph, set())
        # libxml2's own text is not what is kept, but it tells quickly which paragraphs name no figure: most of them.
        if not rids and not mentioned(etree.tostring(paragraph, method="text", encoding="unicode", with_tail=False)):
            continue
        text = _text(paragraph, skip=_FLOATS)
        places = {by_name[name] for name in mentioned(text) if name in by_name}
        for rid in rids:
            places |= by_rid.get(rid, set())
        section = _first(next(paragraph.iterancestors("sec"), None), "title") if places else ""
        for place in places:
            about[place].append((text, section))
    return about


def _figures_by_id(nodes: list[Any]) -> dict[str, set[int]]:
    """Id of a figure or of a group of figures -> numbers of the figures."""
    by_rid: dict[str, set[int]] = {}
    for number, node in enumerate(nodes):
        for holder in (node, *node.iterancestors("fig-group")):
            by_rid.setdefault(holder.get("id", ""), set()).add(number)
    return by_rid


def _figures_by_name(names: list[FigureName | None]) -> dict[FigureName, int]:
    """Name -> number of the first figure that has it."""
    by_name: dict[FigureName, int] = {}
    for number, name in enumerate(names):
        if name is not None:
            by_name.setdefault(name, number)
    return by_name


def _references(article: Any) -> dict[Any, set[str]]:
    """Paragraph -> ids of the figures it cross-refers to, outside the captions and tables that stand inside it."""
    names: dict[Any, set[str]] = {}
    for reference in article.iter("xref"):
        if reference.get("ref-type") != "fig":
            continue
        above = [(node, node.tag) for node in reference.iterancestors()]
        if not any(tag in _FLOATS for _, tag in above):
            outermost = [node for node, tag in above if tag == "p"][-1:]
            names.setdefault(outermost[0] if outermost else None, set()).update(reference.get("rid", "").split())
    return names


def _paragraphs(node: Any) -> Iterator[Any]:
    """Outermost paragraphs of the body and the appendices, without those of captions and tables."""
    for part in ("body", "back/app-group", "back/app"):
        for root in node.iterfind(part):
            yield from _outermost(root)


def _outermost(node: Any) -> Iterator[Any]:
    for child in node.iterchildren(tag=etree.Element):
        if child.tag == "p":
            yield child
        elif child.tag not in _FLOATS:
            yield from _outermost(child)


def _text(node: Any, *, skip: frozenset[str] = frozenset()) -> str:
    """The words of an element with white space normalised; formulas as their symbols, not their TeX."""
    pieces: list[str] = []
    _collect(node, skip | _NOT_WORDS, pieces)
    return " ".join("".join(pieces).split())


def _collect(node: Any, skip: frozenset[str], pieces: list[str]) -> None:
    pieces.append(node.text or "")
    for child in node:
        tag = child.tag
        if tag is etree.Entity:
            pieces.append(html.unescape(child.text))  # JATS's DTD is never loaded, but its letters have HTML's names
        elif tag in _BLOCKS and tag not in skip:
            pieces.append(" ")
            _collect(child, skip, pieces)
            pieces.append(" ")
        elif tag not in skip:
            _collect(child, skip, pieces)
        pieces.append(child.tail or "")
