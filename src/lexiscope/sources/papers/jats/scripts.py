"""Raised, lowered and stacked characters as plain text: 10 to the 3 is "10^3" and never "103"."""

import re

_PLAIN_RAISED = re.compile(r"(?:st|nd|rd|th|[*∗†‡§¶#′″®™℠'’,;\s]|TM)+")
_MARKED = 3  # signs that are marked one by one; a longer bar is drawn over a term
_DEGREES = frozenset("o∘°º˚")
_SIMPLE = re.compile(r"[+\-−–‐±]?[\w.]+[+\-−–*∗]?|[+\-−–±]+")
_PRODUCT = re.compile(r"\d[\d.]*\s*[^\W\d_]\w*")
_COMPOUND = re.compile(r"[\s+\-−–±×·⋅*/=<>≤≥]")


def joined(left: str, right: str) -> str:
    """Two stretches of a formula, kept apart where their digits would run together.

    Example:
        >>> joined("10^3", "20"), joined("2", "x")
        ('10^3 20', '2x')
    """
    meets = right[:1].isdigit() and re.search(r"[\^_]\(?[^\s()]*\d$", left) is not None
    return f"{left} {right}" if meets else left + right


def raised(base: str, exponent: str) -> str:
    """A base with what stands raised behind it; marks of notes, ordinals and degrees need no sign.

    Example:
        >>> raised("10", "−3"), raised("1", "st"), raised("900 ", "o"), raised("e", "a + b"), raised("Fe", "3+")
        ('10^−3', '1st', '900 °', 'e^(a + b)', 'Fe^3+')
    """
    exponent = exponent.strip()
    if exponent in _DEGREES and exponent:
        return f"{base}°"
    if not exponent or _PLAIN_RAISED.fullmatch(exponent):
        return base + exponent
    return f"{base}^{exponent}" if _SIMPLE.fullmatch(exponent) else f"{base}^({exponent})"


def lowered(base: str, index: str) -> str:
    """A base with what stands lowered behind it, as "H2O" is written; numbers and lists get a sign.

    Example:
        >>> lowered("H", "2"), lowered("x1", "2"), lowered("T", "g"), lowered("a", "i + 1")
        ('H2', 'x1_2', 'Tg', 'a_(i + 1)')
    """
    index = index.strip()
    if re.search(r"\s|[+=<>]", index) and len(index) > 2:
        return f"{base}_({index})"
    return f"{base}_{index}" if base[-1:].isdigit() and index[:1].isdigit() else base + index


def accented(text: str, mark: str) -> str:
    """A letter or number with a mark over it, each of its signs: a bar over a Miller index is its sign.

    Example:
        >>> accented("1", "\u0304") == "1\u0304", accented("a + b", "\u0304")
        (True, 'a + b')
    """
    return "".join(sign + mark for sign in text) if text.isalnum() and len(text) <= _MARKED else text


def fraction(above: str, below: str) -> str:
    """A fraction on one line.

    Example:
        >>> fraction("1", "2"), fraction("a + b", "c"), fraction("1", "2x")
        ('1/2', '(a + b)/c', '1/(2x)')
    """
    return f"{bracketed(above)}/{_whole(below)}"


def bracketed(text: str) -> str:
    """Text in brackets where it is more than one thing.

    Example:
        >>> bracketed("x"), bracketed("x + 1"), bracketed("(x + 1)")
        ('x', '(x + 1)', '(x + 1)')
    """
    text = text.strip()
    closed = re.fullmatch(r"\([^()]*\)", text) is not None
    return f"({text})" if _COMPOUND.search(text[1:]) and not closed else text


def root(radicand: str, degree: str = "") -> str:
    """A root on one line.

    Example:
        >>> root("x"), root("x + 1"), root("V", "3"), root("2x")
        ('√x', '√(x + 1)', 'V^(1/3)', '√(2x)')
    """
    return f"{_whole(radicand)}^(1/{degree})" if degree else f"√{_whole(radicand)}"


def _whole(text: str) -> str:
    """Text in brackets where it is more than one thing, or a number times something."""
    text = text.strip()
    return f"({text})" if _PRODUCT.fullmatch(text) else bracketed(text)
