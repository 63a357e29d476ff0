"""`TurnChoice`: choose the turns of each case among the candidates, and count what is kept and refused."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from lexiscope.core.case import Case
from lexiscope.core.turn import Turn
from lexiscope.language.conversations.answer_balance import AnswerBalance
from lexiscope.language.conversations.candidate_turn import CandidateTurn, RejectedTurn
from lexiscope.language.conversations.filters import DUPLICATE, NO_ANSWER, duplicate_key, refusal_of
from lexiscope.language.conversations.generator import QuestionGenerator
from lexiscope.language.conversations.report import ConversationReport
from lexiscope.language.text.reading import CaseReading


class TurnChoice:
    """Turns chosen among the candidates of a generator, with counts of what was kept and refused.

    Args:
        generator: Source of the candidates.
        balance: Answers of the whole corpus, counted and closed.
    """

    def __init__(self, generator: QuestionGenerator, balance: AnswerBalance) -> None:
        self._generator = generator
        self._balance = balance
        self._cases = self._without_text = 0
        self._kinds: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()

    @property
    def turns(self) -> int:
        """Number of turns kept so far."""
        return self._kinds.total()

    def with_turns(self, cases: list[Case], log: Callable[[RejectedTurn], None]) -> Iterator[Case]:
        """Cases with the chosen turns in place of earlier ones of the same author.

        Cases about which nothing could be got are left out, and so stay as they are in the corpus.

        Args:
            cases: Cases to ask about.
            log: Called with every turn that is refused.
        """
        for case, candidates in zip(cases, self._generator.candidates(cases), strict=True):
            if candidates is None:
                detail = self._generator.failed.get(case.id, "")
                log(RejectedTurn(case.id, self._generator.author, NO_ANSWER, "", "", detail))
                continue
            others = tuple(turn for turn in case.turns if turn.author != self._generator.author)
            kept = list(self._kept(case, candidates, others, log))
            self._count(kept)
            yield replace(case, turns=(*others, *kept))

    def report(self, cases: int, updated: int, version: str) -> ConversationReport:
        """Counts of the run.

        Args:
            cases: Number of cases of the corpus.
            updated: Number of cases that changed.
            version: Content version of the corpus afterwards.
        """
        failed, usage = self._generator.failed, self._generator.usage
        return ConversationReport(
            author=self._generator.author,
            cases=self._cases,
            turns=self.turns,
            updated=updated,
            silent=cases - self._cases - len(failed),
            corpus=version,
            without_text=self._without_text,
            kinds=dict(sorted(self._kinds.items())),
            rejected=dict(sorted(self.rejected.items())),
            failed=dict(sorted(failed.items())),
            usage=None if usage is None else usage.to_dict(),
        )

    def _kept(
        self,
        case: Case,
        candidates: Iterable[CandidateTurn],
        others: Iterable[Turn],
        log: Callable[[RejectedTurn], None],
    ) -> Iterator[Turn]:
        for candidate, refusal in checked_candidates(self._generator.read(case), candidates, others):
            refusal = refusal or self._balance.refusal(case.id, candidate)
            if refusal is None:
                yield candidate.turn
            else:
                self.rejected[refusal[0]] += 1
                log(RejectedTurn.of(case.id, candidate, *refusal))

    def _count(self, kept: list[Turn]) -> None:
        self._cases += bool(kept)
        self._without_text += sum(not turn.evidence for turn in kept)
        self._kinds.update(turn.kind for turn in kept)


def checked_candidates(
    reading: CaseReading, candidates: Iterable[CandidateTurn], others: Iterable[Turn]
) -> Iterator[tuple[CandidateTurn, tuple[str, str] | None]]:
    """Each candidate with reason and detail of its refusal, as far as the case alone tells; None for a good one.

    Args:
        reading: Sentences about the case.
        candidates: Candidate turns about the case.
        others: Turns of other authors that the case has already.
    """
    taken = {duplicate_key(turn) for turn in others}
    for candidate in candidates:
        key = duplicate_key(candidate.turn)
        refusal = (DUPLICATE, "the same question is there") if key in taken else None
        refusal = refusal or refusal_of(reading.case, candidate, drawn=reading.is_drawn) or candidate.refusal
        if refusal is None:
            taken.add(key)
        yield candidate, refusal
