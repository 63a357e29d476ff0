"""`CandidateTurn`: a turn that a generator offers, before the filters."""

from dataclasses import dataclass

from lexiscope.core.turn import Turn

YES, NO = "Yes", "No"


@dataclass(frozen=True, slots=True)
class CandidateTurn:
    """Turn, and what the filters must know of it.

    Args:
        turn: Question and answer.
        topic: Thing that is asked, whatever the wording; where one answer fits all its turns, no image is needed.
        rests_on: Ground of the answer: "text" (then the turn has evidence), "attribute" or "mask".
        refusal: Reason and detail for which its generator would refuse it; None for a good one.

    Example:
        >>> CandidateTurn(Turn("Are there cracks?", "No"), "present:crack").closed
        True
    """

    turn: Turn
    topic: str
    rests_on: str = "text"
    refusal: tuple[str, str] | None = None

    @property
    def closed(self) -> bool:
        """True where it is answered by yes or no."""
        return self.turn.answer in (YES, NO)


@dataclass(frozen=True, slots=True)
class RejectedTurn:
    """Turn that a filter refused: a line of `rejected-turns.jsonl`.

    Args:
        case: Id of the case.
        author: Name that would have signed the turn.
        reason: One of the reasons in `lexiscope.language.conversations.filters`.
        question: Question of the turn.
        answer: Answer of the turn.
        detail: Stretch or count that shows the reason.
    """

    case: str
    author: str
    reason: str
    question: str
    answer: str
    detail: str = ""

    @classmethod
    def of(cls, case: str, candidate: CandidateTurn, reason: str, detail: str = "") -> "RejectedTurn":
        """Rejected candidate about a case."""
        turn = candidate.turn
        return cls(case, turn.author, reason, turn.question, turn.answer, detail)
