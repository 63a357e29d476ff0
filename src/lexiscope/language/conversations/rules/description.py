"""Questions about the whole image: its description, an observation and a conclusion, in the words of the texts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.cleaning import clean, names_figure, refers_back
from lexiscope.language.conversations.question_templates import QuestionTemplates
from lexiscope.language.text.reading import CaseReading

_OBSERVES = re.compile(
    r"\b(?:shows?|showed|showing|observed|visible|seen|appears?|exhibits?|consists?|contains?|surrounded|covered"
    r"|distributed|composed|has|have|is|are)\b",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\b(?:indicat\w+|suggest\w*|confirm\w*|reveal\w*|demonstrat\w+|due to|because|owing to|caused by"
    r"|results? (?:in|from)|resulting|attributed to|evidence|implies|implying|consistent with|typical of)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:those (?:obtained|reported|found|of)|previous\w*|literature|other studies|we|our|tables?|equations?"
    r"|respectively, which)\b",
    re.IGNORECASE,
)
_DETAIL = 10  # words of a caption that tells more than a title
_WORDS = (4, 45)  # of a sentence that is an answer


def ask_description(reading: CaseReading, templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    """Candidate that asks for a description, answered by one passage.

    Others often say the same again: it is the one written to describe, or else the longest.
    """
    texts = reading.case.texts
    passages: dict[int, dict[str, Span]] = defaultdict(dict)
    headless: set[int] = set()
    for sentence in reading.describing:
        place, text = sentence.span.passage, clean(sentence.text)
        if text and place not in headless:
            passages[place].setdefault(text, sentence.span)
        elif place not in passages and texts[place].kind == "caption":
            headless.add(place)  # the rest of a caption leans on its first sentence
    passages = {at: each for at, each in passages.items() if _has_detail(texts[at].kind, each)}
    if passages:
        place = max(passages, key=lambda at: (texts[at].kind == "alt_text", sum(map(len, passages[at]))))
        sentences = passages[place]
        question = templates.question("describe", reading.case.id, "describe")
        turn = Turn(question, " ".join(sentences), "open", "complex", AUTHOR, tuple(sentences.values()))
        yield CandidateTurn(turn, "describe")


def _has_detail(kind: str, sentences: Iterable[str]) -> bool:
    """False for a caption that is no more than a title."""
    return kind != "caption" or sum(len(text.split()) for text in sentences) >= _DETAIL


def ask_mentions(reading: CaseReading, templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    """Candidates from the running text: its first sentence with a conclusion, and its first with an observation."""
    left = {"concluded": _CONCLUDES, "observed": _OBSERVES}
    for sentence in reading.mentions:
        text = "" if refers_back(sentence.text) else clean(sentence.text)
        if (
            not _WORDS[0] <= len(text.split()) <= _WORDS[1]
            or refers_back(text)
            or names_figure(text)
            or _ELSEWHERE.search(text)
        ):
            continue
        wording = next((name for name, pattern in left.items() if pattern.search(text)), None)
        if wording is not None:
            del left[wording]
            question = templates.question(wording, reading.case.id, wording)
            kind = "feature" if wording == "observed" else "open"
            yield CandidateTurn(Turn(question, text, kind, "complex", AUTHOR, (sentence.span,)), wording)
