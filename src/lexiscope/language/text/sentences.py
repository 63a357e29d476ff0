"""`split_sentences`: sentences of a text and where each stands; `finished_part`, what is not broken off."""

import re
from dataclasses import dataclass

from lexiscope.core.case import Case
from lexiscope.core.passage import Passage
from lexiscope.core.turn import Span

_END = re.compile(r"[.!?]['\")\]]?\s+(?=[A-Z(\d\"'α-ωΑ-Ω])|;\s+|\n+")
_SHORT = re.compile(
    r"(?:\b(?:figs?|eqs?|refs?|tabs?|no|nos|vs|ca|cf|al|e\.g|i\.e|approx|resp|etc|sp|spp|dr|st|max|(?<![/\d])(?<!\d\s)min|suppl|ed|vol|inc)"
    r"|(?<!°)(?<!°\s)\b[A-Z])\.$",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]+['\")\]\u201d]*(?=\s|$)|[\u3002\uff01\uff1f]")
_PAIRS = (("(", ")"), ("[", "]"), ("\u201c", "\u201d"))


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
    """Start and end of every sentence; "Fig. 3", "et al." and initials end none, degrees do. A semicolon ends a part.

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


def sentence_texts(text: str) -> list[str]:
    """The sentences of a text, in words.

    Example:
        >>> sentence_texts("No lesion. Bright rim.")
        ['No lesion.', 'Bright rim.']
    """
    return [text[start:end] for start, end in split_sentences(text)]


def finished_part(text: str, *, ended: bool) -> str:
    """A text up to its last finished sentence; empty where none is finished.

    A sentence is finished where a full stop, a question mark or an exclamation mark ends it and every bracket in it is
    closed. A text whose writer ended it may do without the last mark, as captions do, but not without a bracket.

    Args:
        text: The text as it was written.
        ended: True where its writer ended it; False where it was broken off, so that "16." may have been "16.4".

    Example:
        >>> finished_part("No lesion. No atrophy, ventricles (16.", ended=True)
        'No lesion.'
        >>> finished_part("A slice that shows a glioma", ended=True), finished_part("A slice that", ended=False)
        ('A slice that shows a glioma', '')
    """
    text = text.strip()
    if ended and _is_closed(text) and not text.endswith((",", ";", ":", "-")):
        return text
    ends = [match.end() for match in _STOP.finditer(text) if not _SHORT.search(text[: match.start() + 1])]
    for end in reversed(ends):
        open_number = not ended and end == len(text) and text[end - 2 : end - 1].isdigit()
        if _is_closed(text[:end]) and not open_number:
            return text[:end]
    return ""


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


def _is_closed(text: str) -> bool:
    return all(text.count(first) == text.count(last) for first, last in _PAIRS) and text.count('"') % 2 == 0


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
