"""`clean`: a sentence of a caption or of running text, as someone who looks at the image would say it."""

import re

from lexiscope.language.conversations.filters import without_unseen_numbers
from lexiscope.language.conversations.question_templates import capitalised

_NAMED = r"(?:Supplementary\s+|Supporting\s+)?(?:Figs?\.?|Figures?|Schemes?|Plates?|Charts?|Graphs?)\s*(?:S|A)?\d+"
_LETTERS = r"(?:\s?\(?[a-zA-Z]\)?(?![a-zA-Z])(?:\s*[,–-]\s*\(?[a-zA-Z]\)?(?![a-zA-Z]))*)?"
_ANOTHER = rf"(?:(?:,|,?\s*and|\s*&)\s*(?:S\d+|{_NAMED})|\s*(?:and|&)\s*\d+(?=\s?[a-h]?[,.)]))"
_REF = rf"{_NAMED}{_LETTERS}(?:{_ANOTHER}{_LETTERS})*"
_SHOWN = (
    r"(?:shown|seen|illustrated|presented|depicted|displayed|demonstrated|observed|given|indicated|marked|plotted|labelled"
    r"|visuali[sz]ed|reported|described)"
)
_SHOWS = r"(?:shows?|presents?|depicts?|displays?|illustrates?|demonstrates?|reveals?|indicates?)"
_REFERENCES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\s*\[\s*\d[\d,;\s–-]*\]",  # "[12, 13]"
        r"(?<=[a-z])\.\d{1,3}(?=\s|$)",  # a raised number after the full stop
        rf"^(?:As|It)\s+(?:can\s+be\s+|is\s+|was\s+)?(?:clearly\s+)?{_SHOWN}\s+(?:in|from|by)\s+(?:the\s+)?{_REF},?\s*"
        r"(?:that\s+)?(?:,\s*)?",
        rf"^(?:The\s+)?{_REF}\s+(?:clearly\s+)?{_SHOWS}\s+(?:that\s+)?",
        rf"^(?:In|From)\s+{_REF},\s*",
        rf"\s*[(\[](?:see\s+|cf\.\s*)?{_REF}[^()\[\]]*(?:\([^()]*\)[^()]*)?[)\]]",
        rf",?\s*(?:\(|,\s*)?as\s+{_SHOWN}\s+in\s+{_REF}\)?",
    )
)
_PERSON = re.compile(r"(?:,|\b(?:of|in|from))?\s*\b(?:an?\s+)?\d+[\s-]years?[\s-]old\s+\w+(?=[\s,.;:])", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:^|(?<=\s))(?<!\bin )(?<!\bof )(?<!\bto )(?<!\bat )(?<!\bby )"
    r"\(?(?:[a-hA-H]\s?[,–-]\s?)*[a-hA-H]\)(?=[\s,.;])\s?"
)
_PANEL_FIRST = re.compile(r"^(?:In|From|For)\s+\(?(?:[a-hA-H]\s?[,–-]\s?)*[a-hA-H]\)\s*[,:]?\s*(?=\w)")
_PANEL_LISTED = re.compile(r"(?<=\bof )\(?(?:[a-hA-H]\s?[,–-]\s?)*[a-hA-H]\)\s(?=(?!and\b|or\b|is\b|are\b|shows?\b)\w)")
_HOLE = re.compile(
    r"^\W*S\d+\b|\(\s*\)|,\s*,|\[formula\]|\b(?:in|of|from|by|at|to|for|with|and|or|the)\s*[,;:)]"
    r"|\b(?:in|of|from|by|at)\s+(?:in(?!\s?-?\s?(?:situ|vivo|vitro))|of|at(?! least| most)|by|from|and|or|is|are)\b",
    re.IGNORECASE,
)
_STATISTICS = re.compile(
    r"^(?:all |the )?(?:values?|data|error bars?|results|bars|asterisks?|\*+)\b"
    r"|\bp\s?[<=≤]|±\s?(?:SEM|SD)|standard (?:error|deviation)",
    re.IGNORECASE,
)
_LINKS = re.compile(
    r"^(?:and|or|but|while|whereas|however|moreover|furthermore|similarly|also|then|thus|therefore|consequently|hence"
    r"|in addition|additionally)\b[,\s]*",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"^(?:which|respectively|here|both|these|this|they|it|where)\b", re.IGNORECASE)
_HANGS = re.compile(r"\b(?:in|of|from|by|see|at|on|with|and|or|the)\s*[.,;]*$", re.IGNORECASE)


def clean(text: str) -> str:
    """Sentence without references, panel letters, persons and numbers that no image shows; empty where a hole is left.

    Example:
        >>> clean("As shown in Fig. 3a, the film has pores (2 h at 600 °C) [12].")
        'The film has pores.'
    """
    text = _PERSON.sub("", text)
    for pattern in _REFERENCES:
        text = pattern.sub("", text)
    text = _PANEL_LISTED.sub("", _PANEL_FIRST.sub("", text))
    text = without_unseen_numbers(_LABEL.sub("", text))
    text = _LINKS.sub("", re.sub(r"\s+(?=[.,;:])", "", " ".join(text.split())).strip(" ,;:"))
    if len(text.split()) < 2 or text.count("(") != text.count(")"):
        return ""
    if _HANGS.search(text) or _HOLE.search(text) or _STATISTICS.search(text):
        return ""
    return capitalised(text) if text.endswith((".", "!", "?")) else f"{capitalised(text)}."


def refers_back(text: str) -> bool:
    """True for a sentence that leans on the one before it.

    Example:
        >>> refers_back("However, these are round."), refers_back("The pores are round.")
        (True, False)
    """
    return (_LINKS.match(text) or _POINTS_BACK.match(text)) is not None


def names_figure(text: str) -> bool:
    """True for a text that names a figure by its number.

    Example:
        >>> names_figure("as in Fig. 3a"), names_figure("as in this figure")
        (True, False)
    """
    return re.search(_NAMED, text, re.IGNORECASE) is not None
