"""`write_captions`: give the cases of a corpus sentences written from their attributes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.core.turn import Span
from lexiscope.corpus.store import Corpus
from lexiscope.language.captions.template import AUTHOR, TemplateWriter

_CHUNK = 256  # cases between two commits


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What was written.

    Args:
        cases: Cases that have sentences now.
        passages: Their sentences.
        updated: Cases that changed; 0 when the same was written before.
        silent: Cases without any of the attributes.
        corpus: Content version afterwards.
    """

    cases: int
    passages: int
    updated: int
    silent: int
    corpus: str


def write_captions(
    corpus: Corpus | Path | str,
    *,
    writer: TemplateWriter | None = None,
    progress: Progress | None = None,
) -> WriteReport:
    """Write sentences from attributes into a corpus, in place of those that this writer wrote before.

    Each sentence records the attributes it states, so that a task which predicts one of them never reads it. Texts of
    other authors stay as they are. After a rebuild of the corpus from its source, write again.

    Raises:
        CorpusError: no corpus there.
        UsageError: no case has any of the attributes.
    """
    corpus, writer = Corpus.of(corpus), writer or TemplateWriter()
    ids = [row["id"] for row in corpus.rows(columns=["id"])]
    written = passages = updated = 0
    with corpus.writing():
        for done, chunk in enumerate(_chunks(iter(ids)), start=1):
            cases = [_with_sentences(case, writer) for case in corpus.take(chunk)]
            own = [sum(text.author == AUTHOR for text in case.texts) for case in cases]
            written, passages = written + sum(map(bool, own)), passages + sum(own)
            updated += corpus.upsert(cases).updated
            if progress:
                progress(min(len(ids), done * _CHUNK), len(ids), "cases written about")
    if not written:
        asked = ", ".join(writer.attributes or ()) or "any attribute"
        raise UsageError(f"expected cases with {asked} in {corpus.path}, found none; build it with --attribute NAME")
    return WriteReport(written, passages, updated, len(ids) - written, corpus.version)


def _with_sentences(case: Case, writer: TemplateWriter) -> Case:
    own = [text.author == AUTHOR for text in case.texts]
    kept = tuple(text for text, mine in zip(case.texts, own, strict=True) if not mine)
    moved = {place: place - sum(own[:place]) for place, mine in enumerate(own) if not mine}
    turns = tuple(replace(turn, evidence=_at_new_places(turn.evidence, moved)) for turn in case.turns)
    return replace(case, texts=(*kept, *writer.write(case)), turns=turns)


def _at_new_places(evidence: tuple[Span, ...], moved: Mapping[int, int]) -> tuple[Span, ...]:
    """Evidence in passages that stay, at their new places; evidence in replaced sentences is gone with them."""
    return tuple(replace(span, passage=moved[span.passage]) for span in evidence if span.passage in moved)


def _chunks(ids: Iterator[str]) -> Iterator[list[str]]:
    while chunk := list(islice(ids, _CHUNK)):
        yield chunk
