"""MathML -> readable text on one line."""

import html
from collections.abc import Callable
from typing import Any

from lxml import etree

from lexiscope.sources.papers.jats.scripts import accented, bracketed, fraction, joined, lowered, raised, root

_SKIPPED = frozenset({"annotation", "annotation-xml", "mphantom", "none"})
_UNSEEN = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b"))
_MARKS = {  # signs over or under a letter -> those that combine with it
    **dict.fromkeys("¯ˉ‾−_", "\u0304"), **dict.fromkeys("^ˆ", "\u0302"), **dict.fromkeys("~˜", "\u0303"), "˙": "\u0307",
    "¨": "\u0308", **dict.fromkeys("→⃗", "\u20d7"), "ˇ": "\u030c", "˘": "\u0306", "´": "\u0301", "`": "\u0300",
}  # fmt: skip


def math_text(node: Any) -> str:
    """Readable text of an element of MathML, by local names.

    Example:
        >>> math_text(etree.fromstring("<msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup>"))
        '10^−3'
        >>> math_text(etree.fromstring("<mrow><mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac></mrow>"))
        '2 1/2'
    """
    if node.tag is etree.Entity:
        return html.unescape(node.text)
    name = str(node.tag).rpartition("}")[2]
    if name in _SKIPPED:
        return ""
    write = _SHAPES.get(name)
    parts = [child for child in node if isinstance(child.tag, str) or child.tag is etree.Entity]
    if write is not None and parts:
        return write(*map(math_text, parts))
    if name == "mmultiscripts" and parts:
        return _scripts(parts)
    if name == "mfenced":
        inside = (node.get("separators") or ",").strip()[:1].join(map(math_text, parts))
        return f"{node.get('open', '(')}{inside}{node.get('close', ')')}"
    return _row(node)


def _row(node: Any) -> str:
    text = _own(node.text)
    before = ""
    for child in node:
        name = str(child.tag).rpartition("}")[2] if isinstance(child.tag, str) else ""
        part = f" {math_text(child)} " if name in ("mtr", "mtd", "mspace") else math_text(child)
        stacked = name == "mfrac" and text[-1:].isdigit() and part[:1].isdigit()
        text = f"{text} {part}" if stacked or (before == "mfrac" and part[:1].isdigit()) else joined(text, part)
        text += _own(child.tail)
        before = name
    return text


def _scripts(parts: list[Any]) -> str:
    """A base with scripts behind it and, after `mprescripts`, in front of it, in pairs of lowered and raised."""
    names = [str(part.tag).rpartition("}")[2] for part in parts]
    turn = names.index("mprescripts") if "mprescripts" in names else len(parts)
    base, *behind = map(math_text, parts[:turn])
    front = ""
    for lower, upper in _pairs(list(map(math_text, parts[turn + 1 :]))):
        front = raised(lowered(front, lower), upper)
    for lower, upper in _pairs(behind):
        base = raised(lowered(base, lower), upper)
    return front + base


def _pairs(scripts: list[str]) -> list[tuple[str, str]]:
    return list(zip(scripts[::2], scripts[1::2], strict=False))


def _own(text: str | None) -> str:
    return " ".join((text or "").split()).translate(_UNSEEN)


def _power(base: str, exponent: str = "", *_: str) -> str:
    return raised(bracketed(base), exponent)


def _index(base: str, index: str = "", *_: str) -> str:
    return lowered(base, index)


def _both(base: str, index: str = "", exponent: str = "", *_: str) -> str:
    return raised(lowered(base, index), exponent)


def _over(base: str, above: str = "", *_: str) -> str:
    return accented(base, _MARKS[above]) if above in _MARKS else raised(base, above)


def _bounds(base: str, below: str = "", above: str = "", *_: str) -> str:
    return raised(f"{base}_({below})" if below else base, above)


def _under(base: str, below: str = "", *_: str) -> str:
    return f"{base}_({below})" if below and below not in _MARKS else base


def _fraction(above: str, below: str = "", *_: str) -> str:
    return fraction(above, below)


def _root(radicand: str, degree: str = "", *_: str) -> str:
    return root(radicand, degree)


def _square_root(*radicand: str) -> str:
    return root("".join(radicand))


def _first(first: str, *_: str) -> str:
    return first


_SHAPES: dict[str, Callable[..., str]] = {
    "msup": _power,
    "msub": _index,
    "msubsup": _both,
    "mover": _over,
    "munder": _under,
    "munderover": _bounds,
    "mfrac": _fraction,
    "msqrt": _square_root,
    "mroot": _root,
    "semantics": _first,
    "maction": _first,
}
