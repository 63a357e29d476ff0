"""What is there and what is not: yes and no by the words of texts, by attributes and by masks."""

from collections.abc import Iterator, Mapping

from lexiscope.core.turn import Span, Turn
from lexiscope.language.captions.template import AUTHOR
from lexiscope.language.conversations.candidate_turn import NO, YES, CandidateTurn
from lexiscope.language.conversations.question_templates import QuestionTemplates, capitalised, listed
from lexiscope.language.text.lexicon import Concept
from lexiscope.language.text.reading import CaseReading, Presence

_OPEN = {"defect": ("which_defects", "defect"), "feature": ("which_features", "feature")}


def ask_presence(
    reading: CaseReading, known: Mapping[Concept, list[Presence]], voice: QuestionTemplates, *, listed_elsewhere: bool
) -> Iterator[CandidateTurn]:
    """One question for each concept about which all that is known agrees; then which defects and features there are.

    Args:
        known: What texts, attributes and masks say of each concept.
        listed_elsewhere: Whether an attribute lists all that is seen: then which there are is not asked again.
    """
    agreed = {concept: found for concept, found in known.items() if len({one.present for one in found}) == 1}
    for concept, found in agreed.items():
        yield _closed(reading.case.id, concept, found, voice)
    for kind, (wording, turn_kind) in () if listed_elsewhere else _OPEN.items():
        seen = {
            concept: found
            for concept, found in agreed.items()
            if concept.kind == kind != concept.name and found[0].present
        }
        if seen:
            answer = capitalised(listed([concept.ask.removeprefix("a ").removeprefix("an ") for concept in seen])) + "."
            spans = _spans([one for found in seen.values() for one in found])
            question = voice.ask(wording, reading.case.id, wording)
            turn = Turn(question, answer, turn_kind, "simple", AUTHOR, spans)
            yield CandidateTurn(turn, wording, _rests_on([one for found in seen.values() for one in found]))


def _closed(case: str, concept: Concept, found: list[Presence], voice: QuestionTemplates) -> CandidateTurn:
    wording = "present_defect" if concept.kind == "defect" else "present"
    question = voice.ask(wording, case, concept.name, thing=concept.ask)
    kind = "defect" if concept.kind == "defect" else "closed"
    turn = Turn(question, YES if found[0].present else NO, kind, "simple", AUTHOR, _spans(found))
    return CandidateTurn(turn, f"present:{concept.name}", _rests_on(found))


def _spans(found: list[Presence]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(span for one in found for span in one.spans))


def _rests_on(found: list[Presence]) -> str:
    return "text" if any(one.spans for one in found) else found[0].rests_on
