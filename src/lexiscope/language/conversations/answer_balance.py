"""`AnswerBalance`: how often each question of a corpus got which answer, and which turns that makes worthless."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from lexiscope.corpus.wording import normalise
from lexiscope.language.conversations.candidate_turn import CandidateTurn
from lexiscope.language.conversations.filters import TEXT_ANSWERABLE, UNBALANCED
from lexiscope.language.conversations.question_templates import draw

SAME = 0.9  # of a question's answers; more of one answer, and it can be told without looking
FEWEST = 5  # answers before a share is worth anything


class AnswerBalance:
    """Counts the answers to each topic, and keeps as many turns answered by yes as by no.

    A topic of which more than 0.9 of the answers are the same is answered without the image, and so is one that is only
    ever answered by yes.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._answers: dict[str, Counter[str]] = defaultdict(Counter)
        self._draws: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._limits: dict[tuple[str, str], int] = {}

    def add(self, case: str, proposals: Iterable[CandidateTurn]) -> None:
        """Count the proposals about a case."""
        for proposal in proposals:
            self._answers[proposal.topic][normalise(proposal.turn.answer)] += 1
            if proposal.closed:
                self._draws[_place(proposal)].append(draw(self._seed, case, proposal.topic))

    def close(self) -> None:
        """Draw which closed turns stay, now that all are counted."""
        for topic, answers in self._answers.items():
            kept = min(answers["yes"], answers["no"])
            for said in ("yes", "no"):
                draws = sorted(self._draws.pop((topic, said), []))
                self._limits[topic, said] = draws[kept - 1] if kept and draws else -1

    def refuse(self, case: str, proposal: CandidateTurn) -> tuple[str, str] | None:
        """Why a proposal is refused, and what shows it."""
        answers = self._answers[proposal.topic]
        common, count = answers.most_common(1)[0]
        share = count / answers.total()
        if (share > SAME and answers.total() >= FEWEST) or (proposal.closed and share == 1):
            return TEXT_ANSWERABLE, f"{count} of {answers.total()} answers are {common!r}"
        if proposal.closed and draw(self._seed, case, proposal.topic) > self._limits[_place(proposal)]:
            return UNBALANCED, f"{answers['yes']} yes, {answers['no']} no"
        return None


def _place(proposal: CandidateTurn) -> tuple[str, str]:
    return proposal.topic, normalise(proposal.turn.answer)
