"""`article_xml`: a paper as JATS, the format in which publishers hand articles on."""

import re
from collections.abc import Mapping

import numpy as np
from lxml import etree

from lexiscope.simulate.glass.figure_text import FigureText
from lexiscope.simulate.glass.plan import Paper

_XLINK = "http://www.w3.org/1999/xlink"
_ZERO = "https://creativecommons.org/publicdomain/zero/1.0/"
_REFERENCE = re.compile(r"(?:Figs?\.|Figure) \d+a?")
_TITLES = (
    "How glasses look after fining, quenching and heat treatment",
    "On the making of silicate and borate glasses and what electron micrographs tell of it",
    "Melts, quenches and heat treatments of a series of glasses",
    "Electron micrographs of glasses made under different conditions",
)
_INTRODUCTION = "Glasses were simulated to learn how their making and their micrographs belong together."
_EXPERIMENT = (
    "Batches were melted in platinum crucibles and cast on graphite. Samples were coated with carbon and "
    "examined at 15 kV with a detector of secondary electrons."
)


def article_xml(paper: Paper, words: Mapping[int, FigureText], *, rng: np.random.Generator) -> bytes:
    """JATS article of a paper.

    Args:
        paper: Plan of the paper.
        words: Number of a figure -> its caption and its mentions.
        rng: Source of the title, and of which references are links.
    """
    article = etree.Element("article", {"article-type": "research-article"}, nsmap={"xlink": _XLINK})
    _front(etree.SubElement(article, "front"), paper, title=_TITLES[int(rng.integers(len(_TITLES)))])
    body = etree.SubElement(article, "body")
    _section(body, "Introduction", [_INTRODUCTION])
    _section(body, "Experimental", [_EXPERIMENT])
    results = _section(body, "Results and discussion", _results(words))
    for paragraph in results.iterchildren("p"):
        _cross_refer(paragraph, rng)
    for number, text in words.items():
        figure = etree.SubElement(results, "fig", id=f"fig{number}")
        etree.SubElement(figure, "label").text = f"Figure {number}"
        etree.SubElement(etree.SubElement(figure, "caption"), "p").text = text.caption
        etree.SubElement(figure, "graphic", {f"{{{_XLINK}}}href": f"fig{number}.png"})
    return etree.tostring(article, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _front(front: etree._Element, paper: Paper, *, title: str) -> None:
    journal = etree.SubElement(front, "journal-meta")
    group = etree.SubElement(journal, "journal-title-group")
    etree.SubElement(group, "journal-title").text = "Simulated glass papers"
    meta = etree.SubElement(front, "article-meta")
    etree.SubElement(meta, "article-id", {"pub-id-type": "publisher-id"}).text = paper.id
    etree.SubElement(etree.SubElement(meta, "title-group"), "article-title").text = title
    licence = etree.SubElement(etree.SubElement(meta, "permissions"), "license", {f"{{{_XLINK}}}href": _ZERO})
    etree.SubElement(licence, "license-p").text = "Simulated; given to the public domain (CC0 1.0)."


def _results(words: Mapping[int, FigureText]) -> list[str]:
    """Paragraphs about one figure each, after one that names them all."""
    together = f"Figures {', '.join(map(str, list(words)[:-1]))} and {list(words)[-1]} show glasses of this series."
    return [together, *(paragraph for text in words.values() for paragraph in text.mentions)]


def _section(body: etree._Element, title: str, paragraphs: list[str]) -> etree._Element:
    section = etree.SubElement(body, "sec")
    etree.SubElement(section, "title").text = title
    for text in paragraphs:
        etree.SubElement(section, "p").text = text
    return section


def _cross_refer(paragraph: etree._Element, rng: np.random.Generator) -> None:
    """Make some references links, as publishers do; others stay words."""
    text, last, done = paragraph.text or "", None, 0
    paragraph.text = ""
    for match in _REFERENCE.finditer(text):
        if rng.random() < 0.5:
            continue
        _append(paragraph, last, text[done : match.start()])
        number = re.search(r"\d+", match.group())
        last = etree.SubElement(paragraph, "xref", {"ref-type": "fig", "rid": f"fig{number.group() if number else ''}"})
        last.text, done = match.group(), match.end()
    _append(paragraph, last, text[done:])


def _append(paragraph: etree._Element, last: etree._Element | None, text: str) -> None:
    if last is None:
        paragraph.text = (paragraph.text or "") + text
    else:
        last.tail = (last.tail or "") + text
