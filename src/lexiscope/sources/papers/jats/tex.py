"""TeX of formulas -> readable text on one line, for articles that give their formulas in no other way."""

import re
from collections.abc import Iterator

from lexiscope.sources.papers.jats.scripts import fraction, joined, lowered, raised, root

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
    """
    document = _DOCUMENT.search(tex)
    body = (document[1] if document else tex)[:_MAX]
    return " ".join(_Reader(body).rest().split())


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
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            return fraction(self._argument(), self._argument())
        if name == "sqrt":
            return self._root()
        if name in _DROPPED:
            self._argument()
            return " "
        if _UNSEEN.fullmatch(name):
            return ""  # the group that follows is read as any other
        return name

    def _root(self) -> str:
        piece = self._next()
        degree = ""
        if piece == "[":
            while (piece := self._next()) is not None and piece != "]":
                degree += piece
        elif piece is not None:
            self._waiting.append(piece)
        return root(self._argument(), degree)
