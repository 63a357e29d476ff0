"""What the panels of a compound figure show: "(a) before, (b) after annealing"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lexiscope.core.turn import Span, Turn
from lexiscope.language.proposal import Proposal
from lexiscope.language.reading import Reading
from lexiscope.language.template import AUTHOR
from lexiscope.language.voice import Voice, capitalised

_LABEL = re.compile(r"\(([a-hA-H])\)\s*|(?:(?<=^)|(?<=[.;,:] )|(?<= and ))([a-hA-H])\)\s*")
_EDGE = " ,;:.–-"
_WORDS = (2, 30)  # of what a panel shows
_DANGLING = re.compile(r"\b(?:of|at|for|with|in|the|and|by)$")
_NAMED = re.compile(r"[a-z]{4}")  # a word, not "950 °C" or "Sn 3d"
_SAYS = re.compile(
    r"^(?:after|before|when|shows?|taken|obtained|recorded)\b|\b(?:is|are|was|were|has|have|remains?|shows?)\b", re.I
)
_SHORT = 12  # words that still fit into a question


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel, what the caption says about it, and where."""

    letter: str
    text: str
    span: Span


def ask_panels(reading: Reading, voice: Voice) -> Iterator[Proposal]:
    """What each panel shows, and which panel shows it."""
    case = reading.case.id
    for place, passage in enumerate(reading.case.texts):
        if passage.kind != "caption" or not any(s.span.passage == place for s in reading.describing):
            continue
        panels = find_panels(passage.text, place)
        for panel in panels:
            topic = f"panel {panel.letter}"
            question = voice.ask("panel", case, topic, letter=panel.letter)
            answer = capitalised(panel.text) + "."
            yield Proposal(Turn(question, answer, "feature", "simple", AUTHOR, (panel.span,)), topic)
        yield from _which(case, panels, voice)


def find_panels(text: str, place: int = 0) -> list[Panel]:
    """The panels that a caption lists in the order of the alphabet; none where the letters do not follow.

    Example:
        >>> [(panel.letter, panel.text) for panel in find_panels("Films: (a) as cast; (b) after annealing.")]
        [('a', 'as cast'), ('b', 'after annealing')]
    """
    labels = list(_LABEL.finditer(text))
    letters = [(label[1] or label[2]).casefold() for label in labels]
    if len(labels) < 2 or letters != [chr(ord("a") + step) for step in range(len(letters))]:
        return []
    stops = [label.start() for label in labels[1:]] + [len(text)]
    found = []
    for label, stop in zip(labels, stops, strict=True):
        start, end = _inner(text, label.end(), stop)
        words = text[start:end]
        if _WORDS[0] <= len(words.split()) <= _WORDS[1] and _NAMED.search(words) and not _DANGLING.search(words):
            found.append(Panel((label[1] or label[2]), text[start:end], Span(place, start, end)))
    return found if text[labels[-1].end() :].strip(_EDGE) else []  # letters that close what they name are not read


def _inner(text: str, start: int, stop: int) -> tuple[int, int]:
    piece = text[start:stop]
    sentence = re.search(r"\.\s+(?=[A-Z])", piece)
    if sentence:
        piece = piece[: sentence.start()]
    piece = re.sub(r"[\s,;]+(?:and|while|whereas)\s*$", "", piece).rstrip(_EDGE)
    lead = len(piece) - len(piece.lstrip(_EDGE))
    return start + lead, start + len(piece)


def _which(case: str, panels: list[Panel], voice: Voice) -> Iterator[Proposal]:
    short = [panel for panel in panels if len(panel.text.split()) <= _SHORT and not _SAYS.search(panel.text)]
    if len(panels) < 2 or not short or len({panel.text.casefold() for panel in panels}) < len(panels):
        return
    panel = voice.one_of(short, case, "which panel")
    thing = panel.text[:1].lower() + panel.text[1:] if panel.text[1:4].islower() else panel.text
    question = voice.ask("which_panel", case, "which panel", thing=thing)
    turn = Turn(question, f"Panel ({panel.letter}).", "feature", "complex", AUTHOR, (panel.span,))
    yield Proposal(turn, "which panel")
