"""`split_sentences`: sentences of a text, each with the place where it stands."""

import re
from dataclasses import dataclass

from lexiscope.core.case import Case
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span

_END = re.compile(r"[.!?]['\")\]]?\s+(?=[A-Z(\d\"'α-ωΑ-Ω])|;\s+|\n+")
_SHORT = re.compile(
    r"(?:\b(?:figs?|eqs?|refs?|tabs?|no|nos|vs|ca|cf|al|e\.g|i\.e|approx|resp|etc|sp|spp|dr|st|max|(?<![/\d])(?<!\d\s)min|suppl|ed|vol|inc)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence, or a part of one that a semicolon closes.

    Args:
        text: Words of the sentence.
        span: Place of the sentence among the texts of its case.
    """

    text: str
    span: Span


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of every sentence; "Fig. 3", "et al." and initials end none. A semicolon ends a part.

    Example:
        >>> text = "No lesion (Fig. 3); no atrophy. Bright rim."
        >>> [text[start:end] for start, end in split_sentences(text)]
        ['No lesion (Fig. 3);', 'no atrophy.', 'Bright rim.']
    """
    places, start = [], 0
    for match in _END.finditer(text):
        if match.group().startswith(".") and _SHORT.search(text[max(0, match.start() - 12) : match.start() + 1]):
            continue
        places.append((start, match.end()))
        start = match.end()
    places.append((start, len(text)))
    return [trimmed for place in places if (trimmed := _trimmed(text, *place))]


def sentences_of(case: Case, place: int) -> list[Sentence]:
    """Sentences of one passage of a case.

    Args:
        case: The case.
        place: Place of the passage among its texts.
    """
    text = case.texts[place].text
    return [Sentence(text[start:end], Span(place, start, end)) for start, end in split_sentences(text)]


def whole_passage(place: int, passage: Passage) -> Span:
    """Span of a passage from its first to its last character.

    Example:
        >>> whole_passage(2, Passage("caption", "A crack."))
        Span(passage=2, start=0, end=8)
    """
    return Span(place, 0, len(passage.text))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
