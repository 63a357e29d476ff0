"""`CandidateTurn`: a turn that a writer offers, before the filters."""

from dataclasses import dataclass

from lexiscope.core.turn import Turn

YES, NO = "Yes", "No"


@dataclass(frozen=True, slots=True)
class CandidateTurn:
    """A turn, and what the filters must know of it.

    Args:
        topic: What is asked, whatever the wording: turns of one topic share an answer when the image is not needed.
        rests_on: "text" (then the turn has evidence), "attribute" or "mask".
        refused: Why its writer would refuse it, and what shows it.
    """

    turn: Turn
    topic: str
    rests_on: str = "text"
    refused: tuple[str, str] | None = None

    @property
    def closed(self) -> bool:
        """Whether it is answered by yes or no."""
        return self.turn.answer in (YES, NO)


@dataclass(frozen=True, slots=True)
class RejectedTurn:
    """A turn that a filter refused: it lands in `rejected-turns.jsonl`."""

    case: str
    author: str
    reason: str
    question: str
    answer: str
    detail: str = ""

    @classmethod
    def of(cls, case: str, proposal: CandidateTurn, reason: str, detail: str = "") -> "RejectedTurn":
        """Of a proposal about a case."""
        turn = proposal.turn
        return cls(case, turn.author, reason, turn.question, turn.answer, detail)
