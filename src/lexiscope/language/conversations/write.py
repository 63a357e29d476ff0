"""`write_conversations`: give the cases of a corpus questions and answers, each with the words that support it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.language.clients.cache import Usage
from lexiscope.language.conversations.answer_balance import AnswerBalance
from lexiscope.language.conversations.by_rules import RuleGenerator
from lexiscope.language.conversations.candidate_turn import CandidateTurn, RejectedTurn
from lexiscope.language.conversations.filters import DUPLICATE, NO_ANSWER, duplicate_key, refuse
from lexiscope.language.conversations.rejected_turns import FILE, log_rejected_turns
from lexiscope.language.text.reading import CaseReading

_CHUNK = 256  # cases between two commits
_Item = TypeVar("_Item")


class QuestionGenerator(Protocol):
    """Who asks and answers."""

    author: str
    failed: dict[str, str]  # case -> why nothing could be got about it

    @property
    def usage(self) -> Usage | None:
        """What a language model took; None by rules."""
        ...

    def read(self, case: Case) -> CaseReading:
        """What is written of a case, as far as this interviewer reads it."""
        ...

    def interview(self, cases: Iterable[Case]) -> Iterator[list[CandidateTurn] | None]:
        """The proposals about each case, in the order of the cases; the same in every pass.

        None where nothing could be got this time: the case stays as it is, and the next run asks again.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConversationReport:
    """What was written.

    Args:
        cases: Cases that have turns of this author now.
        turns: Their turns.
        kinds: Kind of turn -> how many.
        without_text: Turns that rest on an attribute or a mask which no passage states, so that they have no evidence.
        rejected: Reason -> turns that were refused; `rejected-turns.jsonl` has each.
        updated: Cases that changed; 0 when the same was written before.
        silent: Cases without a turn of this author, for want of anything to ask or to keep.
        failed: Cases about which nothing could be got this time, with the reason; run again.
        usage: What a language model took: completions asked for and found on disk, tokens, cost; None by rules.
        corpus: Content version afterwards.
    """

    author: str
    cases: int
    turns: int
    updated: int
    silent: int
    corpus: str
    without_text: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def write_conversations(
    corpus: Corpus | Path | str,
    *,
    writer: QuestionGenerator | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> ConversationReport:
    """Write turns into a corpus, in place of those that this writer wrote before; turns of others stay as they are.

    Every turn passes the filters (`lexiscope.language.conversations.filters` and `AnswerBalance`); what they refuse
    is counted and listed.
    Yes and no are equally frequent for each thing asked. Finished cases are committed as the work goes on, so a run
    that was killed goes on when it is started again. After a rebuild of the corpus from its source, write again.

    Args:
        writer: Who asks and answers; rules over the whole text when None.
        seed: Of which turns stay when yes and no are balanced.

    Raises:
        CorpusError: no corpus there.
        UsageError: nothing can be asked about any case.
    """
    corpus = Corpus.of(corpus)
    with corpus.writing():
        asks: QuestionGenerator = writer or RuleGenerator(corpus, seed=seed)
        work = _Work(asks, _counted(corpus, asks, seed, progress))
        ids = [row["id"] for row in corpus.rows(columns=["id"])]
        updated = 0
        with log_rejected_turns(corpus.path, asks.author) as note:
            for done, chunk in enumerate(_chunks(ids), start=1):
                updated += corpus.upsert(list(work.with_turns(corpus.take(chunk), note))).updated
                if progress:
                    progress(min(len(ids), done * _CHUNK), len(ids), "cases written about")
    if not work.turns and not asks.failed:
        msg = f"expected cases of {corpus.path} with images and texts or attributes to ask about, found none"
        raise UsageError(f"{msg}; {sum(work.rejected.values())} turns were refused, see {FILE}")
    return work.report(len(ids), updated, corpus.version)


class _Work:
    """Chooses turns and counts them."""

    def __init__(self, writer: QuestionGenerator, tally: AnswerBalance) -> None:
        self._writer = writer
        self._tally = tally
        self.cases = self.without_text = 0
        self.kinds: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()

    @property
    def turns(self) -> int:
        return self.kinds.total()

    def with_turns(self, cases: list[Case], note: Callable[[RejectedTurn], None]) -> Iterator[Case]:
        for case, proposals in zip(cases, self._writer.interview(cases), strict=True):
            if proposals is None:
                note(
                    RejectedTurn(case.id, self._writer.author, NO_ANSWER, "", "", self._writer.failed.get(case.id, ""))
                )
                continue
            others = tuple(turn for turn in case.turns if turn.author != self._writer.author)
            asked = {duplicate_key(turn) for turn in others}
            kept = []
            for proposal, refused in _checked(self._writer.read(case), proposals, asked):
                refused = refused or self._tally.refuse(case.id, proposal)
                if refused:
                    self.rejected[refused[0]] += 1
                    note(RejectedTurn.of(case.id, proposal, *refused))
                else:
                    kept.append(proposal)
            self._count(kept)
            yield replace(case, turns=(*others, *(proposal.turn for proposal in kept)))

    def report(self, cases: int, updated: int, version: str) -> ConversationReport:
        return ConversationReport(
            author=self._writer.author,
            cases=self.cases,
            turns=self.turns,
            updated=updated,
            silent=cases - self.cases - len(self._writer.failed),
            corpus=version,
            without_text=self.without_text,
            kinds=dict(sorted(self.kinds.items())),
            rejected=dict(sorted(self.rejected.items())),
            failed=dict(sorted(self._writer.failed.items())),
            usage=None if self._writer.usage is None else self._writer.usage.to_dict(),
        )

    def _count(self, kept: list[CandidateTurn]) -> None:
        self.cases += bool(kept)
        self.without_text += sum(not proposal.turn.evidence for proposal in kept)
        self.kinds.update(proposal.turn.kind for proposal in kept)


def _counted(corpus: Corpus, writer: QuestionGenerator, seed: int, progress: Progress | None) -> AnswerBalance:
    """The answers of the whole corpus, of the turns that the other filters let pass."""
    tally = AnswerBalance(seed=seed)
    total, done = len(corpus), 0
    for chunk in _chunks(corpus.cases()):
        for case, proposals in zip(chunk, writer.interview(chunk), strict=True):
            done += 1
            asked = {duplicate_key(turn) for turn in case.turns if turn.author != writer.author}
            checked = _checked(writer.read(case), proposals or (), asked)
            tally.add(case.id, [proposal for proposal, refused in checked if refused is None])
            if progress:
                progress(done, total, "cases asked about")
    tally.close()
    return tally


def _checked(
    reading: CaseReading, proposals: Iterable[CandidateTurn], asked: set[str]
) -> Iterator[tuple[CandidateTurn, tuple[str, str] | None]]:
    """Each proposal with why it is refused, as far as the case alone tells."""
    for proposal in proposals:
        key = duplicate_key(proposal.turn)
        refused = (DUPLICATE, "the same question is there") if key in asked else None
        refused = refused or refuse(reading.case, proposal, drawn=reading.is_drawn) or proposal.refused
        if refused is None:
            asked.add(key)
        yield proposal, refused


def _chunks(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
