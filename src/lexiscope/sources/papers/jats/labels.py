"""Labels of figures that stand at the head of their captions: "Figure 3. Bubbles in glass."."""

import re

from lexiscope.sources.papers.jats.mentions import name_of_label

_SERIES = r"(?:(?:Supplementary|Supplemental|Supporting|Extended\s+Data|Appendix)\s+)?"
_PICTOGRAMS = "図|图|圖|그림"
_WORD = (
    rf"{_SERIES}(?:Fig(?:ure|ura|ur|uur)?|Afbeelding|Abb(?:ildung)?|Bild|Scheme|Schema|Schéma|Esquema|Chart|Plate|Tafel"
    rf"|Planche|Graph|Gr[áa]fico|Graphique|Рис(?:унок)?|{_PICTOGRAMS})"
)
_NUMBER = r"(?:[A-Z]{1,2}[.-]?)?\d{1,3}(?:[.-]\d{1,3}){0,2}"
_LABEL = rf"{_WORD}\.?\s*{_NUMBER}"
_WHOLE = re.compile(rf"{_LABEL}\s*[.:|–—-]?", re.IGNORECASE)
_HEAD = re.compile(
    rf"(?P<label>(?:{_PICTOGRAMS})\s*{_NUMBER})[\s.:：]+(?=\S)"  # often without a sign after it
    rf"|(?P<spelt>{_LABEL})\s*(?:[.:|]|[–—-](?=\s))\s+(?=\S)",
    re.IGNORECASE,
)
_PANEL = re.compile(r"\(?(?P<letter>[A-Za-z])\)?[.:]?")


def without_label(caption: str, *, label: str, marked: str = "") -> tuple[str, str]:
    """Label and caption of a figure, the label taken from the caption's head where it stands there.

    A caption that begins with the name of another figure keeps it.

    Args:
        caption: Caption as it is written.
        label: Label that stands apart from the caption; empty where none does.
        marked: First words of the caption that are set apart, in bold or as a title.

    Example:
        >>> without_label("Figure 3. Bubbles.", label="")
        ('Figure 3', 'Bubbles.')
        >>> without_label("Figure 3 shows bubbles.", label="")
        ('', 'Figure 3 shows bubbles.')
        >>> without_label("Figure 3 Bubbles.", label="", marked="Figure 3")
        ('Figure 3', 'Bubbles.')
    """
    if _WHOLE.fullmatch(marked) and caption.startswith(marked):
        head, rest = marked, caption[len(marked) :]
    elif match := _HEAD.match(caption):
        head, rest = match["label"] or match["spelt"], caption[match.end() :]
    else:
        return label, caption
    if label and name_of_label(label) != name_of_label(head):
        return label, caption
    return label or head.rstrip(" .:|–—-"), rest.lstrip(" .:|–—-")


def panel_of_label(label: str) -> str:
    """Letter of a label that names a panel alone, in lower case; empty for any other.

    Example:
        >>> panel_of_label("(a)"), panel_of_label("B."), panel_of_label("Figure 2")
        ('a', 'b', '')
    """
    match = _PANEL.fullmatch(label.strip())
    return match["letter"].lower() if match else ""
