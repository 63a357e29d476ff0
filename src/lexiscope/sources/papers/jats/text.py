"""`text_of`: the words of an element as one reads them: formulas on one line, numbers as they were meant."""

import html
import re
from typing import Any

from lxml import etree

from lexiscope.sources.papers.jats.mathml import math_text
from lexiscope.sources.papers.jats.scripts import accented, lowered, raised
from lexiscope.sources.papers.jats.tex import tex_text

HOLE = "[formula]"  # stands for a formula of which an article has a picture only
_NOT_WORDS = frozenset(
    {"object-id", "graphic", "inline-graphic", "media", "fn", "alt-text", "long-desc", "permissions"}
)
_BLOCKS = frozenset({"p", "title", "list-item", "break", "disp-formula", "td", "label", "attrib"})
_FORMULAS = frozenset({"inline-formula", "disp-formula", "alternatives"})
_RAISED_SIGNS = ("^+", "^-", "^−", "^–")
_CITATION = re.compile(r"[\d\s,;–-]*\d[\d\s,;–-]*[a-z]?")


def text_of(node: Any, *, skip: frozenset[str] = frozenset()) -> str:
    """The words of an element with white space normalised; formulas as text, raised numbers after "^".

    Args:
        node: Element, its names without namespaces.
        skip: Names of elements that are left out.

    Example:
        >>> text_of(etree.fromstring("<p>4 × 10<sup>5</sup> bubbles cm<sup>−3</sup> in H<sub>2</sub>O</p>"))
        '4 × 10^5 bubbles cm^−3 in H2O'
    """
    return " ".join(_inside(node, skip | _NOT_WORDS).split())


def _inside(node: Any, skip: frozenset[str], before: str = "") -> str:
    """Text of an element without its own tail.

    Args:
        node: Element.
        skip: Names of elements that are left out.
        before: Text that stands in front, to which raised and lowered characters belong.
    """
    pieces = [_cased(before, node.text or "")]
    last = pieces[0] or before
    for child in node:
        if child.tag not in skip:
            piece = _of(child, node, skip, last)
            pieces.append(piece)
            last = piece or last
        tail = _cased(last, child.tail or "")
        pieces.append(tail)
        last = tail or last
    return "".join(pieces)


def _cased(before: str, text: str) -> str:
    """Text behind an exponent, apart from it where it goes on with a digit."""
    return f" {text}" if text[:1].isdigit() and re.search(r"\^[^\s()]*\d$", before) else text


def _of(child: Any, parent: Any, skip: frozenset[str], before: str) -> str:
    name = child.tag
    if name is etree.Entity:
        return html.unescape(child.text)  # JATS's DTD is never loaded, but its letters have HTML's names
    if name in ("sup", "sub"):
        return _script(child, parent, skip, before)
    if name == "overline":
        return accented(_inside(child, skip), "\u0304")
    if name == "math":
        return math_text(child)
    if name == "tex-math":
        return "" if _has_other_words(child, parent) else tex_text("".join(child.itertext()))
    text = _inside(child, skip, before if name not in _BLOCKS else "")
    if name in _FORMULAS and not text.strip() and _has_picture(child):
        text = HOLE
    return f" {text} " if name in _BLOCKS else text


def _script(child: Any, parent: Any, skip: frozenset[str], before: str) -> str:
    """What is added to the text by something raised or lowered; citations become "[12]"."""
    raw = _inside(child, skip)
    text = " ".join(raw.split())
    base = before[-40:]
    end = " " if raw[-1:].isspace() else ""  # "IC<sub>50 </sub>of"
    if child.tag == "sub":
        return lowered(base, text)[len(base) :] + end
    cites = any(node.get("ref-type") == "bibr" for node in (parent, *child.iter("xref")))
    if (cites or base[-1:] in (".", ",", ";")) and _CITATION.fullmatch(text):
        return f" [{text}]{end}"
    if base.endswith(_RAISED_SIGNS):  # sign and digits in elements of their own
        return text + end
    if parent.tag == "xref" or any(True for _ in child.iter("xref")):
        return text + end
    return raised(base, text)[len(base) :] + end


def _has_other_words(tex: Any, parent: Any) -> bool:
    """True where the same formula is also given without TeX."""
    return any("".join(other.itertext()).strip() for other in parent if other is not tex and other.tag != "tex-math")


def _has_picture(node: Any) -> bool:
    return any(True for _ in node.iter("graphic", "inline-graphic"))
