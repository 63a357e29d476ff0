"""`write_conversations`: give the cases of a corpus questions and answers, each with the words that support it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.language.conversations.answer_balance import AnswerBalance
from lexiscope.language.conversations.choice import TurnChoice, checked_candidates
from lexiscope.language.conversations.generator import QuestionGenerator
from lexiscope.language.conversations.open_generator import open_generator
from lexiscope.language.conversations.rejected_turns import FILE, log_rejected_turns
from lexiscope.language.conversations.report import ConversationReport
from lexiscope.language.conversations.settings import ConversationSettings

_Item = TypeVar("_Item")


def write_conversations(
    corpus: Corpus | Path | str,
    settings: ConversationSettings | None = None,
    *,
    generator: QuestionGenerator | None = None,
    commit_every: int = 256,
    progress: Progress | None = None,
) -> ConversationReport:
    """Write turns into a corpus, in place of those that this generator wrote before; turns of others stay as they are.

    Every turn passes the filters (`lexiscope.language.conversations.filters` and `AnswerBalance`); what they refuse
    is counted and listed. Yes and no are equally frequent for each thing asked. Finished cases are committed as the
    work goes on, so a run that was killed goes on when it is started again. Of a case that its source gives anew,
    and other than before, `build_corpus` leaves the turns out: write again.

    Args:
        corpus: An open corpus, or its directory.
        settings: Who asks, what is read and how; rules over the whole text when None.
        generator: Asks in place of the generator that the settings name.
        commit_every: Number of cases between two commits: what a run that is killed may lose.
        progress: Called after every case that was asked about, and after every commit.

    Raises:
        CorpusError: no corpus there.
        UsageError: nothing can be asked about any case.
    """
    corpus, settings = Corpus.of(corpus), settings or ConversationSettings()
    with corpus.writing():
        asks = generator or open_generator(corpus, settings)
        balance = _count_answers(corpus, asks, AnswerBalance(seed=settings.seed), progress, batch=commit_every)
        choice = TurnChoice(asks, balance)
        ids = [row["id"] for row in corpus.rows(columns=["id"])]
        updated = 0
        with log_rejected_turns(corpus.path, asks.author) as log:
            for done, batch in enumerate(_batches(ids, commit_every), start=1):
                updated += corpus.upsert(list(choice.with_turns(corpus.take(batch), log))).updated
                if progress:
                    progress(min(len(ids), done * commit_every), len(ids), "cases written about")
    if not choice.turns and not asks.failed:
        msg = f"expected cases of {corpus.path} with images and texts or attributes to ask about, found none"
        raise UsageError(f"{msg}; {sum(choice.rejected.values())} turns were refused, see {FILE}")
    return choice.report(len(ids), updated, corpus.version)


def _count_answers(
    corpus: Corpus, generator: QuestionGenerator, balance: AnswerBalance, progress: Progress | None, *, batch: int
) -> AnswerBalance:
    """Count the answers of the whole corpus, of the turns that the other filters let pass."""
    total, done = len(corpus), 0
    for cases in _batches(corpus.cases(), batch):
        for case, candidates in zip(cases, generator.candidates(cases), strict=True):
            done += 1
            others = [turn for turn in case.turns if turn.author != generator.author]
            checked = checked_candidates(generator.read(case), candidates or (), others)
            balance.add(case.id, [candidate for candidate, refusal in checked if refusal is None])
            if progress:
                progress(done, total, "cases asked about")
    balance.close()
    return balance


def _batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
