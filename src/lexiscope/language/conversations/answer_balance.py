"""`AnswerBalance`: counts of the answers to each question of a corpus, and the turns that these make worthless."""

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

    Args:
        seed: Seed of which turns stay.

    Example:
        >>> from lexiscope.core.turn import Turn
        >>> turns = [CandidateTurn(Turn("Is there a crack?", answer), "crack") for answer in ("Yes", "Yes", "No")]
        >>> balance = AnswerBalance()
        >>> for case, turn in enumerate(turns):
        ...     balance.add(str(case), [turn])
        >>> balance.close()
        >>> [turn.turn.answer for case, turn in enumerate(turns) if balance.refusal(str(case), turn) is None]
        ['Yes', 'No']
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._answers: dict[str, Counter[str]] = defaultdict(Counter)
        self._draws: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._limits: dict[tuple[str, str], int] = {}

    def add(self, case: str, candidates: Iterable[CandidateTurn]) -> None:
        """Count the candidates about a case.

        Args:
            case: Id of the case.
            candidates: Candidate turns that the other filters let pass.
        """
        for candidate in candidates:
            self._answers[candidate.topic][normalise(candidate.turn.answer)] += 1
            if candidate.closed:
                self._draws[_key(candidate)].append(draw(self._seed, case, candidate.topic))

    def close(self) -> None:
        """Draw which closed turns stay, now that all are counted."""
        for topic, answers in self._answers.items():
            kept = min(answers["yes"], answers["no"])
            for answer in ("yes", "no"):
                draws = sorted(self._draws.pop((topic, answer), []))
                self._limits[topic, answer] = draws[kept - 1] if kept and draws else -1

    def refusal(self, case: str, candidate: CandidateTurn) -> tuple[str, str] | None:
        """Reason and detail for which a candidate is refused; None for one that stays.

        Args:
            case: Id of the case.
            candidate: Counted before.
        """
        answers = self._answers[candidate.topic]
        common, count = answers.most_common(1)[0]
        share = count / answers.total()
        if (share > SAME and answers.total() >= FEWEST) or (candidate.closed and share == 1):
            return TEXT_ANSWERABLE, f"{count} of {answers.total()} answers are {common!r}"
        if candidate.closed and draw(self._seed, case, candidate.topic) > self._limits[_key(candidate)]:
            return UNBALANCED, f"{answers['yes']} yes, {answers['no']} no"
        return None


def _key(candidate: CandidateTurn) -> tuple[str, str]:
    return candidate.topic, normalise(candidate.turn.answer)
