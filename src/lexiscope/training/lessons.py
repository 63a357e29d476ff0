"""`Lesson`: one thing an assistant is taught about a case: a question and its answer, or how to describe it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lexiscope.core.case import Case

DESCRIBE = "Describe the image."
CAPTION = "caption"  # the kind of a lesson that was a passage
_DESCRIBING = ("caption", "alt_text", "report", "finding")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing to learn about a case.

    Args:
        case: The case.
        question: What is asked.
        answer: What should be said.
        kind: Of the turn (see `Turn`), or "caption".
    """

    case: Case
    question: str
    answer: str
    kind: str


def find_lessons(
    cases: Iterable[Case], *, modalities: Sequence[str], columns: Sequence[str] | None = None
) -> list[Lesson]:
    """The turns of cases that have an image of any of the modalities, and the passages that describe them.

    Args:
        columns: Passages from these source columns, or of these kinds; all that describe an image when None.
    """
    wanted = tuple(columns or _DESCRIBING)
    found = []
    for case in cases:
        if not set(modalities) & case.images.keys():
            continue
        found += [Lesson(case, turn.question, turn.answer, turn.kind) for turn in case.turns]
        found += [
            Lesson(case, DESCRIBE, passage.text, CAPTION)
            for passage in case.texts
            if passage.kind in wanted or passage.source in wanted
        ]
    return found
