"""One article XML file -> its facts, its figures and what is written about them, over a tree parsed once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lxml import etree

from lexiscope.core.errors import SourceError
from lexiscope.sources.markup import safe_parser
from lexiscope.sources.papers.jats.labels import panel_of_label, without_label
from lexiscope.sources.papers.jats.mentions import FigureName, is_dashed, name_of_label
from lexiscope.sources.papers.jats.referring import PARTS, Named, paragraphs_about
from lexiscope.sources.papers.jats.rights import UNKNOWN, article_rights, figure_rights
from lexiscope.sources.papers.jats.text import text_of
from lexiscope.sources.paths import check_regular
from lexiscope.sources.steady import open_input

MAX_XML_BYTES = 64 << 20
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_OF_GROUP = "its picture is that of the whole group of figures"
_HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True)
class Figure:
    """One `<fig>`.

    Args:
        id: Unique in its article.
        label: Label as printed, "Figure 3"; empty when it has none. One of a group has the group's, "Figure 3(a)".
        name: Name that mentions use; None when the label has no number.
        caption: Title and paragraphs of the caption, white space normalised, without the label.
        graphics: The names of its image files, as the XML states them; other formats of one picture are one of them.
        mentions: Paragraphs elsewhere in the article that refer to it, in reading order.
        section: Title of the section that mentions it first; empty where that has none.
        licence: Licence of the figure itself, "unknown" where it credits others; None where the article's holds.
        group_caption: Caption of the group that it stands in; empty where it stands alone.
        language: Language of the translation that alone has it; empty for figures of the article's own language.
        steps: Notes on what was left out for it.
    """

    id: str
    label: str
    name: FigureName | None
    caption: str
    graphics: tuple[str, ...]
    mentions: tuple[str, ...]
    section: str = ""
    licence: str | None = None
    group_caption: str = ""
    language: str = ""
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """Statements of an article about itself; empty text where it makes none.

    Args:
        states_licence: True where it states its rights, also where these are no licence that is known.
    """

    pmcid: str
    doi: str
    title: str
    journal: str
    year: str
    licence: str
    figures: tuple[Figure, ...]
    states_licence: bool = False


def read_articles(path: Path) -> list[Article]:
    """The articles of an XML file at any depth, whatever their namespace; none where it holds none, or is a web page.

    Raises:
        SourceError: not well-formed XML, too deep, too large, or an entity bomb.
    """
    size = check_regular(path)
    if size > MAX_XML_BYTES:
        msg = f"{path.name} has {size:,} bytes; at most {MAX_XML_BYTES:,} bytes of XML are read"
        raise SourceError(msg, remedy="split the collection into one file an article")
    try:
        with open_input(path) as stream:
            root = etree.parse(stream, safe_parser()).getroot()
        _drop_namespaces(root)
        return [] if root.tag == "html" else [_article(node) for node in _outermost(root)]
    except (etree.XMLSyntaxError, RecursionError, OSError) as error:  # OSError: bytes that its encoding does not know
        raise SourceError(f"{path.name} is no well-formed XML: {error}", remedy="download the article again") from error


def _drop_namespaces(root: Any) -> None:
    """Names of elements as JATS has them, whatever namespace or prefix an envelope gave them."""
    for node in root.iter(etree.Element):
        if "}" in node.tag:
            node.tag = node.tag.rpartition("}")[2]


def _outermost(root: Any) -> list[Any]:
    """The articles that stand in no other article."""
    return [node for node in root.iter("article") if next(node.iterancestors("article"), None) is None]


def _article(node: Any) -> Article:
    meta = node.find("front/article-meta")
    journal = node.find("front/journal-meta")
    rights = article_rights(meta)
    return Article(
        pmcid=_pmcid(meta),
        doi=_first(meta, "article-id[@pub-id-type='doi']"),
        title=_first(meta, "title-group/article-title"),
        journal=_first(journal, ".//journal-title") or _first(journal, "journal-id"),
        year=_first(meta, "pub-date/year"),
        licence=rights or UNKNOWN,
        figures=tuple(_figures(node, meta)),
        states_licence=rights is not None,
    )


def _pmcid(meta: Any) -> str:
    stated = _first(meta, "article-id[@pub-id-type='pmcid']") or _first(meta, "article-id[@pub-id-type='pmc']")
    return f"PMC{stated}" if stated.isdigit() else stated


def _first(node: Any, path: str) -> str:
    child = node.find(path) if node is not None else None
    return text_of(child) if child is not None else ""


def _figures(article: Any, meta: Any) -> Iterator[Figure]:
    """The figures of an article, then of the articles inside it; translations give only what it does not have."""
    figures: list[Figure] = []
    for scope in (article, *article.iter(*PARTS)):
        found = list(_of_scope(scope, meta))
        language = _translation(scope)
        if language:
            figures, found = _translated(figures, found, language)
        figures += found
    ids = _unique(figure.id or f"fig{number}" for number, figure in enumerate(figures, start=1))
    for own_id, figure in zip(ids, figures, strict=True):
        yield replace(figure, id=own_id)


def _of_scope(scope: Any, meta: Any) -> Iterator[Figure]:
    """Figures of an article without those of the articles inside it; their ids may still be empty or the same."""
    nodes = [node for node in scope.iter("fig") if _scope_of(node) is scope]
    own_meta = scope.find("front-stub")
    own_rights = article_rights(own_meta)
    read = [_read(node) for node in nodes]
    named = [Named(node, f.name, _panel(node), "" if f.name else f.label) for node, f in zip(nodes, read, strict=True)]
    dashed = any(is_dashed(figure.label) for figure in read)
    for node, figure, about in zip(nodes, read, paragraphs_about(scope, named, dashed=dashed), strict=True):
        yield replace(
            figure,
            mentions=tuple(dict.fromkeys(text for text, _ in about)),
            section=next((section for _, section in about), ""),
            licence=figure_rights(node, meta if own_meta is None else own_meta) or own_rights,
        )


def _scope_of(node: Any) -> Any:
    return next(node.iterancestors("article", *PARTS), None)


def _read(node: Any) -> Figure:
    """One figure by itself: what it says, and what the group that it stands in says."""
    label, caption = _label_and_caption(node)
    group = next((group for group in node.iterancestors("fig-group") if _is_described(group)), None)
    shared = ""
    if group is not None and name_of_label(label) is None:
        group_label, shared = _label_and_caption(group)
        panel = panel_of_label(label)
        label = f"{group_label.rstrip(' .:')}({panel})" if panel and group_label else group_label or label
    elif group is not None:
        shared = _label_and_caption(group)[1]
    graphics, steps = _pictures(node)
    return Figure(
        id=node.get("id") or "",
        label=label,
        name=name_of_label(label),
        caption=caption,
        graphics=graphics,
        mentions=(),
        group_caption=shared if shared != caption else "",
        steps=(*steps, *_other_captions(node)),
    )


def _label_and_caption(node: Any) -> tuple[str, str]:
    label = _first(node, "label") or _first(node, "graphic/label")
    own = node.find("caption")
    captions = node.findall("graphic/caption") if own is None else [own]
    if not captions:
        return label, ""
    marked = next((text for part in captions[0].iter("title", "bold") if (text := text_of(part))), "")
    return without_label(" ".join(filter(None, map(text_of, captions))), label=label, marked=marked)


def _is_described(group: Any) -> bool:
    return group.find("label") is not None or group.find("caption") is not None


def _panel(node: Any) -> str:
    group = next(node.iterancestors("fig-group"), None)
    return "" if group is None else panel_of_label(_first(node, "label"))


def _other_captions(node: Any) -> tuple[str, ...]:
    """Remarks on captions that stand beside the first, as journals of two languages have them."""
    languages = [caption.get(_LANGUAGE) or "another language" for caption in node.findall("caption")[1:]]
    return tuple(f"its caption in {language} was left out" for language in languages)


def _pictures(node: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a figure's pictures, of one that has none those of the group it stands in, and what is to be said."""
    own = _graphics(node)
    group = next((names for group in node.iterancestors("fig-group") if (names := _graphics(group))), ())
    return (group, (_OF_GROUP,)) if group and not own else (own, ())


def _graphics(node: Any) -> tuple[str, ...]:
    """Names of the pictures of a figure or group itself, each once; the first name of one in several formats."""
    names: list[str] = []
    for graphic in node.iter("graphic"):
        if next(graphic.iterancestors("fig", "fig-group")) is not node:
            continue
        href = graphic.get(_HREF) or graphic.get("href")
        above = graphic.getparent()
        first = above.tag != "alternatives" or graphic is above.find("graphic")
        inside_words = next(graphic.iterancestors("inline-formula", "disp-formula"), None) is not None
        if href and first and not inside_words:
            names.append(href)
    return tuple(dict.fromkeys(names))


def _translation(scope: Any) -> str:
    """Language of a translation; empty for an article and for other articles inside it."""
    if scope.tag not in PARTS or scope.get("article-type", scope.get("response-type")) != "translation":
        return ""
    return scope.get(_LANGUAGE) or "another language"


def _translated(
    figures: Sequence[Figure], translations: Sequence[Figure], language: str
) -> tuple[list[Figure], list[Figure]]:
    """Figures that know of their translations, and the translations that repeat none of them."""
    known, own = list(figures), []
    for figure in translations:
        place = next((at for at, original in enumerate(known) if _is_same(original, figure)), None)
        if place is None:
            own.append(replace(figure, language=language))
        else:
            step = f"its repetition in the translation ({language}) was left out"
            known[place] = replace(known[place], steps=(*known[place].steps, step))
    return known, own


def _is_same(one: Figure, other: Figure) -> bool:
    if one.graphics and one.graphics == other.graphics:
        return True
    return one.name is not None and one.name == other.name and one.label[-3:] == other.label[-3:]


def _unique(ids: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in ids:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return unique
