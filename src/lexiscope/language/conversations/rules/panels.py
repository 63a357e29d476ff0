"""Questions about the panels of a compound figure, from captions such as "(a) before, (b) after annealing"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised
from lexiscope.language.text.reading import CaseReading
from lexiscope.sources.papers.figures import split_caption

_EDGE = " ,;:.–-"
_WORDS = (2, 30)  # of what a panel shows
_DANGLING = re.compile(r"\b(?:of|at|for|with|in|the|and|by)$")
_NAMED = re.compile(r"[a-z]{4}")  # a word, not "950 °C" or "Sn 3d"
_SAYS = re.compile(
    r"^(?:these|this|here|compared|after|before|when|with|without|under|on|at|from|shows?|taken|obtained|recorded)\b|\b(?:is|are|was|were|has|have|remains?|shows?)\b",
    re.I,
)
_SHOWS = re.compile(r"^\W*(?:this|the) (?:\w+ )?(?:image|micrograph|photo|photograph) shows ", re.IGNORECASE)
_SHORT = 12  # words that still fit into a question


@dataclass(frozen=True, slots=True)
class Panel:
    """Panel of a compound figure.

    Args:
        letter: Letter of the panel.
        text: Words of the caption about it.
        span: Stretch of the caption that these words are.
    """

    letter: str
    text: str
    span: Span


def ask_panels(reading: CaseReading, templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    """Candidate questions about each panel, and one that asks for the panel which shows a thing."""
    case = reading.case.id
    for place, passage in enumerate(reading.case.texts):
        if passage.kind != "caption" or not any(s.span.passage == place for s in reading.describing):
            continue
        panels = find_panels(passage.text, place)
        for panel in panels:
            topic = f"panel {panel.letter}"
            question = templates.question("panel", case, topic, letter=panel.letter)
            answer = capitalised(panel.text) + "."
            yield CandidateTurn(Turn(question, answer, "feature", "simple", AUTHOR, (panel.span,)), topic)
        yield from _which(case, panels, templates)


def find_panels(text: str, place: int = 0) -> list[Panel]:
    """Panels of which a caption says something that can be asked about.

    Args:
        text: The caption.
        place: Place of the caption among the texts of its case, for the spans.

    Example:
        >>> [(panel.letter, panel.text) for panel in find_panels("Films: (a) as cast; (b) after annealing.")]
        [('a', 'as cast'), ('b', 'after annealing')]
    """
    panels, start = [], 0
    for letter, words in split_caption(text).texts.items():
        start = max(start, text.find(words, start))
        if text[start : start + len(words)] != words:
            return []  # words put together from several places are no stretch of the caption
        shown = _first_statement(words)
        if _WORDS[0] <= len(shown.split()) <= _WORDS[1] and _NAMED.search(shown) and not _DANGLING.search(shown):
            lead = words.index(shown)
            panels.append(Panel(letter, shown, Span(place, start + lead, start + lead + len(shown))))
    return panels


def _first_statement(words: str) -> str:
    """The first sentence, without what links it to the next panel."""
    first = re.split(r"\.\s+(?=[A-Z])", words, maxsplit=1)[0]
    return re.sub(r"[\s,;]+(?:and|while|whereas)\s*$", "", _SHOWS.sub("", first)).strip(_EDGE)


def _which(case: str, panels: list[Panel], templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    short = [panel for panel in panels if len(panel.text.split()) <= _SHORT and not _SAYS.search(panel.text)]
    if len(panels) < 2 or not short or len({panel.text.casefold() for panel in panels}) < len(panels):
        return
    panel = templates.one_of(short, case, "which panel")
    thing = panel.text[:1].lower() + panel.text[1:] if panel.text[1:4].islower() else panel.text
    question = templates.question("which_panel", case, "which panel", thing=thing)
    turn = Turn(question, f"Panel ({panel.letter}).", "feature", "complex", AUTHOR, (panel.span,))
    yield CandidateTurn(turn, "which panel")
