"""TeX of formulas -> readable text on one line, for articles that give their formulas in no other way."""

import re
from collections.abc import Callable, Iterator

from lexiscope.sources.papers.jats.scripts import accented, fraction, joined, lowered, raised, root

_MAX = 4096  # characters of a formula, and a bound on how deep its braces nest
_DOCUMENT = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}^_&~$]|\s+|[^\\{}^_&~$\s]", re.DOTALL)
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi "
    "psi omega"
)
_SMALL = "αβγδεζηθικλμνξοπρστυφχψω"
_SYMBOLS = dict(zip(_GREEK.split(), _SMALL, strict=True))
_SYMBOLS |= {name.capitalize(): letter.upper() for name, letter in _SYMBOLS.items()}
_SYMBOLS |= {f"var{name}": _SYMBOLS[name] for name in ("epsilon", "theta", "phi", "rho", "sigma", "pi")}
_SYMBOLS |= {f"up{name}": letter for name, letter in zip(_GREEK.split(), _SMALL, strict=True)}
_SYMBOLS |= {
    "times": "×", "cdot": "·", "pm": "±", "mp": "∓", "div": "÷", "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥",
    "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "sim": "~", "simeq": "≃", "equiv": "≡",
    "propto": "∝", "infty": "∞", "circ": "°", "degree": "°", "to": "→", "rightarrow": "→", "longrightarrow": "→",
    "leftarrow": "←", "leftrightarrow": "↔", "rightleftharpoons": "⇌", "Rightarrow": "⇒", "sum": "∑", "prod": "∏",
    "int": "∫", "partial": "∂", "nabla": "∇", "in": "∈", "ll": "≪", "gg": "≫", "angle": "∠", "perp": "⊥",
    "parallel": "∥", "ast": "*", "bullet": "•", "prime": "′", "ldots": "…", "dots": "…", "cdots": "…", "Angstrom": "Å",
    "AA": "Å", "ell": "ℓ", "hbar": "ℏ", "micro": "µ", "textmu": "µ", "lt": "<", "gt": ">", "mid": "|", "vert": "|",
    "langle": "⟨", "rangle": "⟩", "quad": " ", "qquad": " ", "textdegree": "°", "percent": "%",
}  # fmt: skip
_SYMBOLS |= {  # units of siunitx
    "metre": "m", "meter": "m", "second": "s", "gram": "g", "kelvin": "K", "celsius": "°C", "degreeCelsius": "°C",
    "volt": "V", "electronvolt": "eV", "hertz": "Hz", "pascal": "Pa", "newton": "N", "watt": "W", "joule": "J",
    "litre": "l", "liter": "l", "mole": "mol", "ampere": "A", "tesla": "T", "hour": "h", "minute": "min", "per": "/",
    "kilo": "k", "milli": "m", "nano": "n", "pico": "p", "centi": "c", "mega": "M", "giga": "G", "squared": "^2",
    "cubed": "^3", "um": "µm", "nm": "nm", "mm": "mm", "cm": "cm", "angstrom": "Å",
}  # fmt: skip
_ACCENTS = {
    "bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308",
    "vec": "\u20d7", "check": "\u030c",
}  # fmt: skip
_POWER = re.compile(r"([+\-−]?[\d.,]+)[eE]([+\-−]?\d+)")
_APART = re.compile(r"([µμ])\s+(?=[mlgsLMVAF]\b)")  # "\mu m" is one unit
_SPACES = frozenset({"\\,", "\\;", "\\:", "\\ ", "\\!", "\\\\", "~", "&"})
_UNSEEN = re.compile(
    r"left|right|[bB]igg?[lr]?|(?:display|text|script)style|(?:no)?limits|rm|it|bf|cal|math\w*|text\w*|operatorname|mbox"
    r"|nonumber|notag"
)
_DROPPED = frozenset({"begin", "end", "hspace", "vspace", "label", "tag", "usepackage", "documentclass", "setlength"})


def tex_text(tex: str) -> str:
    r"""Readable text of a formula in TeX; the preamble of a whole document around it is left out.

    Example:
        >>> tex_text(r"2 \times 10^{-3}\,\mathrm{m\,s^{-1}}"), tex_text(r"$\frac{a+b}{\sqrt{2}}$")
        ('2 × 10^-3 m s^-1', '(a+b)/√2')
        >>> tex_text(r"\SI{5}{\micro\metre}"), tex_text(r"[1\bar{1}0]")
        ('5 µm', '[11̄0]')
    """
    document = _DOCUMENT.search(tex)
    body = (document[1] if document else tex)[:_MAX]
    return _APART.sub(r"\1", " ".join(_Reader(body).rest().split()))


class _Reader:
    """The tokens of a formula, read one after the other."""

    def __init__(self, tex: str) -> None:
        self._tokens: Iterator[str] = iter(_TOKEN.findall(tex))
        self._waiting: list[str] = []
        self._depth = 0

    def rest(self) -> str:
        """Text up to the brace that closes, or to the end."""
        text = ""
        while (piece := self._next()) is not None and piece != "}":
            if piece == "^":
                text = raised(text, self._argument())
            elif piece == "_":
                text = lowered(text, self._argument())
            else:
                text = joined(text, self._of(piece))
        return text

    def _next(self) -> str | None:
        return self._waiting.pop() if self._waiting else next(self._tokens, None)

    def _argument(self) -> str:
        """Text of the next group or of the next single token."""
        piece = self._next()
        while piece is not None and piece.isspace():
            piece = self._next()
        return "" if piece is None else self._of(piece)

    def _of(self, piece: str) -> str:
        if piece == "{":
            return self._group()
        if piece in _SPACES or piece.isspace():
            return " "
        if piece in ("$", "\\[", "\\]", "\\(", "\\)"):
            return ""
        if not piece.startswith("\\"):
            return piece
        return self._command(piece[1:].rstrip("*"))

    def _group(self) -> str:
        self._depth += 1
        if self._depth > 50:  # deeper than any formula that is meant to be read
            return ""
        text = self.rest()
        self._depth -= 1
        return text

    def _command(self, name: str) -> str:
        if name in _SYMBOLS:
            return _SYMBOLS[name]
        if name in _ACCENTS:
            return accented(self._argument(), _ACCENTS[name])
        if name in _SHAPES:
            return _SHAPES[name](self)
        return "" if _UNSEEN.fullmatch(name) else name  # the group that follows is read as any other

    def _fraction(self) -> str:
        return fraction(self._argument(), self._argument())

    def _number(self) -> str:
        """A number as siunitx writes it out: "1.5e-3" is 1.5 × 10^-3."""
        return _POWER.sub(r"\1 × 10^\2", self._argument())

    def _quantity(self) -> str:
        return f"{self._number()} {self._argument()}"

    def _dropped(self) -> str:
        self._argument()
        return " "

    def _root(self) -> str:
        piece = self._next()
        degree = ""
        if piece == "[":
            while (piece := self._next()) is not None and piece != "]":
                degree += piece
        elif piece is not None:
            self._waiting.append(piece)
        return root(self._argument(), degree)


_SHAPES: dict[str, Callable[[_Reader], str]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), _Reader._fraction),
    **dict.fromkeys(("num", "si", "unit"), _Reader._number),
    **dict.fromkeys(("SI", "qty"), _Reader._quantity),
    **dict.fromkeys(_DROPPED, _Reader._dropped),
    "sqrt": _Reader._root,
}
