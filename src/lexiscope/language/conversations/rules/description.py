"""Questions about the whole image: its description, an observation and a conclusion, in the words of the texts."""

import re
from collections import defaultdict
from collections.abc import Iterator

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
_WORDS = (4, 45)  # of a sentence that is an answer


def ask_description(reading: CaseReading, templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    """Candidate that asks for a description, answered by one passage.

    Others often say the same again: it is the one written to describe, or else the longest.
    """
    passages: dict[int, dict[str, Span]] = defaultdict(dict)
    for sentence in reading.describing:
        text = clean(sentence.text)
        if text:
            passages[sentence.span.passage].setdefault(text, sentence.span)
    if passages:
        texts = reading.case.texts
        place = max(passages, key=lambda at: (texts[at].kind == "alt_text", sum(map(len, passages[at]))))
        sentences = passages[place]
        question = templates.question("describe", reading.case.id, "describe")
        turn = Turn(question, " ".join(sentences), "open", "complex", AUTHOR, tuple(sentences.values()))
        yield CandidateTurn(turn, "describe")


def ask_mentions(reading: CaseReading, templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    """Candidates from the running text: its first sentence with a conclusion, and its first with an observation."""
    left = {"concluded": _CONCLUDES, "observed": _OBSERVES}
    for sentence in reading.mentions:
        text = "" if refers_back(sentence.text) else clean(sentence.text)
        if not _WORDS[0] <= len(text.split()) <= _WORDS[1] or names_figure(text):
            continue
        wording = next((name for name, pattern in left.items() if pattern.search(text)), None)
        if wording is not None:
            del left[wording]
            question = templates.question(wording, reading.case.id, wording)
            kind = "feature" if wording == "observed" else "open"
            yield CandidateTurn(Turn(question, text, kind, "complex", AUTHOR, (sentence.span,)), wording)
