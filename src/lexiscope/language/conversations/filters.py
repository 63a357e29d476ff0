"""Filters of single turns: none may speak of its source, or tell what no text supports and no image shows."""

import re

from lexiscope.core.case import Case
from lexiscope.core.turn import Turn
from lexiscope.corpus.wording import normalise
from lexiscope.language.conversations.candidate_turn import CandidateTurn

NOT_GROUNDED = "not grounded"
MENTIONS_SOURCE = "mentions the caption"
UNSEEN_NUMBER = "number that cannot be seen"
DUPLICATE = "duplicate"
TEXT_ANSWERABLE = "text-answerable"
UNBALANCED = "unbalanced"
NO_ANSWER = "no answer"  # nothing to refuse: the model gave none

_SOURCE = re.compile(
    r"\b(?:captions?|mentioned|(?:the|this|provided|given) (?:text|context|description|passage|paragraph|article)"
    r"|according to|described (?:in|above|below)|in-text|the (?:authors?|paper|study)"
    r"|(?:see|in|from) (?:the )?(?:table|refs?|reference|section)|not (?:provided|specified|stated)"
    r"|cannot see|can't see|unable to see|as an ai|(?:fig(?:ure)?s?|table|scheme|eq|equation|section)\.?\s*\(?S?\d)"
    r"|\[\d",
    re.IGNORECASE,
)
_LENGTH = r"(?:nm|µm|μm|um|mm|cm|Å|pixels?|px|×|x)\b"
_NUMBER = re.compile(r"(?<![\w./-])[~≈<>±]?\s?\d[\d,]*(?:\.\d+)?(?:\s?[–-]\s?\d[\d,]*(?:\.\d+)?)?(?![\w])")
_COUNT = 20  # the largest number of things that an image shows plainly
_UNIT = re.compile(
    r"\s?(?:%|‰|°|º|K\b|s\b|ms\b|min\b|h\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b|[mkMG]?Pa\b|[mkMG]?W\b|[mk]?V\b"
    r"|[mkµμ]?A\b|[mkµμn]?[gLlM]\b|ml\b|HV|Hz|[mk]?eV|wt|vol\b|at\.|mol|ppm|rpm|kgf?\b|N\b|J\b|C\b|[mk]?J\b|cycles?\b|-year|mg|bar\b|T\b|Ω)"
)
_BRACKETS = re.compile(r"\s*\(([^()]*)\)")


def refusal_of(case: Case, candidate: CandidateTurn, *, drawn: bool) -> tuple[str, str] | None:
    """Reason and detail for which a candidate is refused; None for a good one.

    Args:
        case: Case that is asked about.
        candidate: Candidate turn about it.
        drawn: Whether the image is a chart or drawing, which may show any number.
    """
    turn = candidate.turn
    if not turn.evidence and candidate.rests_on == "text":
        return NOT_GROUNDED, "no sentence supports it"
    source = _SOURCE.search(turn.statement)
    if source is not None:
        return MENTIONS_SOURCE, source.group()
    number = None if drawn else unseen_number(turn.answer, case) or unseen_number(turn.question, case)
    return None if number is None else (UNSEEN_NUMBER, number)


def unseen_number(text: str, case: Case | None = None) -> str | None:
    """First number that an image cannot show: a temperature, an age, a share; lengths and small counts can be seen.

    Args:
        text: Words that are searched.
        case: Case of the text; where given, millimetres count as visible only on images that have a spacing.

    Example:
        >>> unseen_number("Three pores of 2 µm after 4 h at 600 °C.")
        '4 h'
    """
    for match in _NUMBER.finditer(text):
        after = text[match.end() : match.end() + 12]
        length = re.match(rf"\s?{_LENGTH}", after)
        if length is not None and _has_scale(after, case):
            continue
        unit = length or _UNIT.match(after)
        if unit is not None:
            return (match.group() + unit.group()).strip()
        digits = match.group().strip("~≈<>± ").replace(",", "")
        if not digits.isdigit() or int(digits) > _COUNT:
            return match.group().strip()
    return None


def without_unseen_numbers(text: str) -> str:
    """Sentence without the brackets that hold numbers which no image shows; empty when these stand outside brackets.

    Example:
        >>> without_unseen_numbers("A film with pores (2 h at 600 °C)."), without_unseen_numbers("Held at 600 °C.")
        ('A film with pores.', '')
    """
    text = _BRACKETS.sub(lambda match: "" if unseen_number(match[1]) else match.group(), text)
    return "" if unseen_number(text) else text


def duplicate_key(turn: Turn) -> str:
    """Key that two turns about a case share when they ask the same.

    Example:
        >>> duplicate_key(Turn("Is there a crack?", "Yes")) == duplicate_key(Turn("is there  a crack", "No"))
        True
    """
    return normalise(turn.question)


def _has_scale(after: str, case: Case | None) -> bool:
    if case is None or not re.match(r"\s?mm\b", after):
        return True
    return any(image.spacing is not None for image in case.images.values())
