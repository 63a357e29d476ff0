"""Questions about the panels of a compound figure, from captions such as "(a) before, (b) after annealing"."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lexiscope.core.case import Case
from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised
from lexiscope.language.text.reading import CaseReading
from lexiscope.language.text.sentences import split_sentences
from lexiscope.sources.papers.figures import split_caption
from lexiscope.sources.papers.jats.files import LEFT_OUT

_EDGE = " ,;:.–-"
_WORDS = (2, 30)  # of what a panel shows
_DANGLING = re.compile(r"\b(?:of|at|for|with|in|the|and|by)$")
_NAMED = re.compile(r"[a-z]{4}")  # a word, not "950 °C" or "Sn 3d"
_SAYS = re.compile(
    r"^(?:these|this|here|compared|after|before|when|with|without|under|on|at|from|shows?|taken|obtained|recorded)\b"
    r"|\b(?:is|are|was|were|has|have|remains?|shows?|can|depends?|consists?|becomes?|indicates?|increases?|decreases?)\b",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"^\W*(?:(?:this|the) (?:\w+ )?(?:image|micrograph|photo|photograph) )?(?:shows?|displays?|depicts?|illustrates?) ",
    re.IGNORECASE,
)
_HANGS = re.compile(  # on words before it: "after heat", "and glass", "2 mA"
    r"^(?:\W*\d|\S+\s*[<>=]|(?:after|before|with|without|under|on|at|from|in|for|of|by|to|and|or|note|which|where|while|during|when"
    r"|taken|obtained|recorded|measured|respectively|same|induced|its|their|it)\b)",
    re.IGNORECASE,
)
_LEANS = re.compile(r"^(?:the )?corresponding\b|^scale bars?\b|\b(?:the|these) (?:same|latter|former)\b", re.IGNORECASE)
_NEW_HEAD = re.compile(r"\b(?:of|at|for|with|in|on|from|under|by)\W*$")  # what follows the next letter hangs on it
_CLAUSE = re.compile(r"^[^,:]{3,60}[,:] \S+ .*\w")  # "At a depth of 400 µm, the crystals cover ..."
_OTHER = re.compile(r"(?:^|[\s(])(?:[a-zA-Z]\)|\([a-zA-Z](?:\s?[,–-]\s?[a-zA-Z])*\))|\[formula\]|\(\s*\)")
_NAMES = re.compile(r"Raman|Nyquist|Bode|Vickers|Tafel|Arrhenius|Fourier|Weibull|Rietveld|Auger|Young")
_STOPS = ".!?;"
_SHORT = 14  # words that still fit into a question


@dataclass(frozen=True, slots=True)
class Panel:
    """Panel of a compound figure.

    Args:
        letter: Letter of the panel.
        text: Words of the caption about it.
        span: Stretch of the caption that these words are.
        head: Words before the first letter on which those of every panel hang; empty where they stand alone.
    """

    letter: str
    text: str
    span: Span
    head: str = ""

    @property
    def shown(self) -> str:
        """What the panel shows, in words that stand alone."""
        return f"{self.head} {self.text}" if self.head else self.text


def ask_panels(reading: CaseReading, templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    """Candidate questions about each panel, and one that asks for the panel which shows a thing."""
    if _shows_a_part(reading.case):
        return
    case = reading.case.id
    for place, passage in enumerate(reading.case.texts):
        if passage.kind != "caption" or not any(s.span.passage == place for s in reading.describing):
            continue
        panels = find_panels(passage.text, place)
        for panel in panels:
            topic = f"panel {panel.letter}"
            question = templates.question("panel", case, topic, letter=panel.letter)
            answer = capitalised(panel.shown) + "."
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
    parts = split_caption(text)
    head, first, grouped = _head(parts.common), text.find(parts.common), _grouped(parts.texts)
    panels, start = [], 0
    for letter, words in parts.texts.items():
        start = max(start, text.find(words, start))
        if text[start : start + len(words)] != words:
            return []  # words put together from several places are no stretch of the caption
        shown = _first_statement(words)
        if _NEW_HEAD.search(words) and letter not in grouped:
            break
        if not _is_sure(shown, head, shared=letter in grouped):
            continue
        place_of = start + words.index(shown)
        own = head if not (head.endswith(":") and _SAYS.search(shown)) else ""
        begin = first if own else place_of
        panels.append(Panel(letter, shown, Span(place, begin, place_of + len(shown)), own))
    return panels


def _shows_a_part(case: Case) -> bool:
    """True for a case whose picture is not the whole figure that its caption speaks of."""
    return "panel" in case.provenance.locator or any(LEFT_OUT in step for step in case.provenance.steps)


def _head(common: str) -> str:
    """Last words of what stands before the first letter, where those of the panels go on with them."""
    if not common or common[-1] in _STOPS:
        return ""
    start, end = split_sentences(common)[-1]
    return common[start:end]


def _grouped(texts: Mapping[str, str]) -> set[str]:
    """Letters that share their words with another."""
    return {letter for letter, words in texts.items() if list(texts.values()).count(words) > 1}


def _is_sure(shown: str, head: str, *, shared: bool) -> bool:
    """True where words tell what one panel shows, by themselves or behind a head."""
    words = f"{head} {shown}".split()
    if not (_WORDS[0] <= len(shown.split()) and len(words) <= _WORDS[1] and _NAMED.search(shown)):
        return False
    if (
        _DANGLING.search(shown)
        or _LEANS.search(shown)
        or _OTHER.search(f"{head} {shown}")
        or shown.count("(") != shown.count(")")
    ):
        return False
    if head:  # "curves and hardness of a,b) rods": which of the two is in which panel, nobody says
        return not (shared and " and " in head)
    return not _HANGS.search(shown) or _CLAUSE.match(shown) is not None


def _first_statement(words: str) -> str:
    """The first sentence, without what links it to the next panel."""
    start, end = next(iter(split_sentences(words)), (0, 0))
    first = words[start:end].removesuffix(".")
    return re.sub(r"[\s,;]+(?:and|while|whereas)\s*$", "", _SHOWS.sub("", first)).strip(_EDGE)


def _which(case: str, panels: list[Panel], templates: QuestionTemplates) -> Iterator[CandidateTurn]:
    short = [
        panel
        for panel in panels
        if len(panel.shown.split()) <= _SHORT and not _SAYS.search(panel.text) and not panel.head.endswith(":")
    ]
    if len(panels) < 2 or not short or len({panel.text.casefold() for panel in panels}) < len(panels):
        return
    panel = templates.one_of(short, case, "which panel")
    named = _NAMES.match(panel.shown) or not panel.shown[1:4].islower()
    thing = panel.shown if named else panel.shown[:1].lower() + panel.shown[1:]
    question = templates.question("which_panel", case, "which panel", thing=thing)
    turn = Turn(question, f"Panel ({panel.letter}).", "feature", "complex", AUTHOR, (panel.span,))
    yield CandidateTurn(turn, "which panel")
