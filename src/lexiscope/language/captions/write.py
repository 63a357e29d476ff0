"""`write_captions`: give the cases of a corpus sentences written from their attributes."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus.store import Corpus
from lexiscope.language.captions.report import CaptionReport
from lexiscope.language.captions.settings import CaptionSettings
from lexiscope.language.captions.template import AUTHOR, template_sentences
from lexiscope.language.replaced_passages import with_passages


def write_captions(
    corpus: Corpus | Path | str,
    settings: CaptionSettings | None = None,
    *,
    commit_every: int = 256,
    progress: Progress | None = None,
) -> CaptionReport:
    """Write sentences from attributes into a corpus, in place of those that this writer wrote before.

    Each sentence records the attributes it states, so that a task which predicts one of them never reads it. Texts of
    other authors stay as they are. After a rebuild of the corpus from its source, write again.

    Args:
        corpus: An open corpus, or its directory.
        settings: Attributes, number and wording of the sentences; the defaults when None.
        commit_every: Number of cases between two commits: what a run that is killed may lose.
        progress: Called after every commit.

    Raises:
        CorpusError: no corpus there.
        UsageError: no case has any of the attributes.
    """
    corpus, settings = Corpus.of(corpus), settings or CaptionSettings()
    ids = [row["id"] for row in corpus.rows(columns=["id"])]
    written = passages = updated = 0
    with corpus.writing():
        for done, batch in enumerate(_batches(iter(ids), commit_every), start=1):
            cases = [_with_sentences(case, settings) for case in corpus.take(batch)]
            counts = [sum(text.author == AUTHOR for text in case.texts) for case in cases]
            written, passages = written + sum(map(bool, counts)), passages + sum(counts)
            updated += corpus.upsert(cases).updated
            if progress:
                progress(min(len(ids), done * commit_every), len(ids), "cases written about")
    if not written:
        names = ", ".join(settings.attributes or ()) or "any attribute"
        raise UsageError(f"expected cases with {names} in {corpus.path}, found none; build it with --attribute NAME")
    return CaptionReport(written, passages, updated, len(ids) - written, corpus.version)


def _with_sentences(case: Case, settings: CaptionSettings) -> Case:
    return with_passages(case, template_sentences(case, settings), replacing=lambda text: text.author == AUTHOR)


def _batches(ids: Iterator[str], size: int) -> Iterator[list[str]]:
    while batch := list(islice(ids, size)):
        yield batch
