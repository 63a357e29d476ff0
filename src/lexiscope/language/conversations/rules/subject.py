"""Question about the subject of an image, from captions such as "SEM image of a glass film"."""

import re
from collections.abc import Iterator

from lexiscope.core.turn import Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised
from lexiscope.language.text.reading import CaseReading

_OF = re.compile(
    r"\b(?:images?|micrographs?|photographs?|photos?|pictures?|views?|macrographs?|schematics?|diagrams?|illustrations?"
    r"|drawings?|sketch(?:es)?|patterns?|spectra|spectrum|curves?|plots?|profiles?|maps?|mapping|MRI|scans?"
    r"|radiographs?|tile|chromatograms?|section)"
    r"\s+(?:\([^()]*\)\s*)?(?:of|showing|illustrating|depicting)\s+(?P<what>(?:[^.;:]|(?<=\b[A-Z])\.|\.(?=\S))+)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:\((?!\w+\)\s\w)|\[|,|\b(?:according to|proposed|adapted|reported|taken|obtained|measured|recorded"
    r"|performed|acquired|using|and (?:the )?corresponding|before|after|at (?:different|various)|with different)\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_LABEL = re.compile(r"(?:^|[\s(])[a-hA-H](?:\s?[,–-]\s?[a-hA-H])*\)")
_ASIDE = re.compile(r"\s*\((?![a-hA-H]\))[^()]*\)")
_NOTHING = re.compile(
    r"^(?:the\s+)?(?:\w+\s+)?(?:(?:samples?|specimens?|materials?|results?|products?)(?:\s+\S*\d\S*)?|\w+\s+[A-Z]+-?\d+)$",
    re.IGNORECASE,
)
_HOLE = re.compile(
    r"(?:[=<>≈±×/]|\b(?:of|at|in|with|and|the|by|for|from))$", re.IGNORECASE
)  # a formula stood behind it
_MAX_WORDS = 18


def ask_subject(reading: CaseReading, templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    """Candidate that asks for the subject, unless the words are those of one panel."""
    for sentence in reading.describing:
        match = _OF.search(sentence.text)
        if match is None or reading.case.texts[sentence.span.passage].kind == "alt_text":
            continue
        if _LABEL.search(sentence.text):
            return  # it names the panels one by one
        what = match["what"] if not reading.is_drawn else sentence.text[: match.end()]
        what = _TAIL.sub("", _ASIDE.sub("", what)).strip(" ,-–")
        if len(what) > 3 and len(what.split()) <= _MAX_WORDS and not (_NOTHING.match(what) or _HOLE.search(what)):
            question = templates.question(
                "shows_graphic" if reading.is_drawn else "shows_image", reading.case.id, "subject"
            )
            turn = Turn(question, f"{capitalised(what)}.", "feature", "simple", AUTHOR, (sentence.span,))
            yield CandidateTurn(turn, "subject")
        return
