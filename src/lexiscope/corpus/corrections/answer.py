"""`CorrectedAnswer`: the answer that a person gives to a question about a case."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from lexiscope.core.case import Case
from lexiscope.core.turn import Turn
from lexiscope.corpus.corrections.correction import HUMAN, Correction


@dataclass(frozen=True, slots=True)
class CorrectedAnswer:
    """A new answer to a question, which the case has already or not.

    Args:
        question: The question, letter for letter where the case has it.
        answer: The answer.
        form: "open", "closed", "defect" or "feature"; None for that of the question as the case has it, or "open".

    Raises:
        CaseError: an empty question or answer, an unknown form, or words that no corpus can store.
    """

    question: str
    answer: str
    form: str | None = None
    kind: ClassVar[str] = "answer"

    def __post_init__(self) -> None:
        Turn(self.question, self.answer, self.form or "open")

    @property
    def subject(self) -> str:
        """What is corrected, in a word or two.

        Example:
            >>> CorrectedAnswer("Is it red?", "Yes").subject
            'answer'
        """
        return "answer"

    def require(self, case: Case) -> None:
        """Nothing is refused: any question can be asked about a case."""

    def before(self, case: Case) -> list[dict[str, Any]] | None:
        """The turns with this question, as JSON types; None where there is none."""
        return [asdict(turn) for turn in case.turns if turn.question == self.question] or None

    def holds(self, case: Case) -> bool:  # noqa: ARG002 - as of every kind
        """True: any question can be asked about a case."""
        return True


def with_answers(case: Case, corrections: Sequence[Correction]) -> Case:
    """The case with the answers that people gave: one turn for each question that was corrected.

    Evidence of the old answer is left out, as nobody said that it supports the new one.

    Args:
        case: The case as a source or a writer gives it, or as it was corrected before.
        corrections: Corrections of its answers, the oldest first.
    """
    newest: dict[str, CorrectedAnswer] = {}
    for correction in corrections:
        assert isinstance(correction.value, CorrectedAnswer)
        newest[correction.value.question] = correction.value
    turns: dict[str | int, Turn] = {}
    for place, turn in enumerate(case.turns):
        value = newest.get(turn.question)
        if value is None:
            turns[place] = turn
        elif turn.question not in turns:
            turns[turn.question] = _answered(turn, value)
    for question, value in newest.items():
        turns.setdefault(question, Turn(question, value.answer, value.form or "open", author=HUMAN))
    return replace(case, turns=tuple(turns.values()))


def _answered(turn: Turn, value: CorrectedAnswer) -> Turn:
    return replace(turn, answer=value.answer, kind=value.form or turn.kind, author=HUMAN, evidence=())
