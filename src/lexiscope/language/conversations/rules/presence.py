"""Questions about presence: yes or no by the words of texts, by attributes and by masks."""

import re
from collections.abc import Iterator, Mapping

from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import NO, YES, CandidateTurn
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised, listed
from lexiscope.language.text.lexicon import Concept
from lexiscope.language.text.reading import CaseReading, Presence

_OPEN = {"defect": ("which_defects", "defect"), "feature": ("which_features", "feature")}


def ask_presence(
    reading: CaseReading,
    known: Mapping[Concept, list[Presence]],
    templates: QuestionTemplates,
    *,
    listed_elsewhere: bool,
) -> Iterator[CandidateTurn]:
    """Candidate for each concept about which all that is known agrees; then for all defects and all features.

    Args:
        reading: Sentences about the case.
        known: Statements of texts, attributes and masks about each concept.
        templates: Draws one of several wordings.
        listed_elsewhere: Whether an attribute lists all that is visible; then no list is asked for again.
    """
    agreed = {concept: each for concept, each in known.items() if len({presence.present for presence in each}) == 1}
    for concept, presences in agreed.items():
        yield _closed(reading.case.id, concept, presences, templates)
    if not listed_elsewhere:
        for kind in _OPEN:
            yield from _listing(reading.case.id, kind, agreed, templates)


def _listing(
    case: str, kind: str, agreed: Mapping[Concept, list[Presence]], templates: QuestionTemplates
) -> Iterator[CandidateTurn]:
    """Candidate that asks for all that is present of a kind, without the name of the kind itself."""
    visible = [concept for concept in agreed if concept.kind == kind != concept.name and agreed[concept][0].present]
    if visible:
        wording, turn_kind = _OPEN[kind]
        presences = [presence for concept in visible for presence in agreed[concept]]
        answer = capitalised(listed([re.sub(r"^an? (?!interface)", "", concept.ask) for concept in visible])) + "."
        question = templates.question(wording, case, wording)
        turn = Turn(question, answer, turn_kind, "simple", AUTHOR, _spans(presences))
        yield CandidateTurn(turn, wording, _rests_on(presences))


def _closed(case: str, concept: Concept, presences: list[Presence], templates: QuestionTemplates) -> CandidateTurn:
    wording = "present_defect" if concept.kind == "defect" else "present"
    question = templates.question(wording, case, concept.name, thing=concept.ask)
    kind = "defect" if concept.kind == "defect" else "closed"
    turn = Turn(question, YES if presences[0].present else NO, kind, "simple", AUTHOR, _spans(presences))
    return CandidateTurn(turn, f"present:{concept.name}", _rests_on(presences))


def _spans(presences: list[Presence]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(span for presence in presences for span in presence.spans))


def _rests_on(presences: list[Presence]) -> str:
    return "text" if any(presence.spans for presence in presences) else presences[0].rests_on
