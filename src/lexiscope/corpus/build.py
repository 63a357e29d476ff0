"""`build_corpus`: a source -> a corpus, incrementally; after a kill at any moment the next run ends in the same state.

Image files land in `objects/` before the rows that name them, rows are committed in batches, and every step is keyed
by content. So a rerun redoes at most the last batch and repeats nothing. Cases that a source no longer names stay.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus.ingest import ingest
from lexiscope.corpus.known_ids import KnownIds, known_ids
from lexiscope.corpus.mask_names import names_given
from lexiscope.corpus.objects import remove_leftovers
from lexiscope.corpus.rebuilt import rebuilt
from lexiscope.corpus.rejections import Rejections, log_rejections
from lexiscope.corpus.rows import hashes_of
from lexiscope.corpus.storable_item import storable, where
from lexiscope.corpus.store import Corpus
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected
from lexiscope.sources.source import Source

_SMALLEST, _FIRST, _LARGEST = 8, 64, 1024  # cases in a batch
_HASTY, _SLOW = 1.0, 8.0  # seconds; a batch is sized to take between these, as a kill costs at most one
_MADE = 64 << 20  # bytes of source-made images held at once
_COPIES = 16  # of a text, on its way from a draft to a row: in JSON, in Arrow, in the hash
_REMEMBERED = 4096  # perceptual hashes of recent images, for images that several cases share


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Counts of a build.

    Args:
        cases: Cases in the corpus now.
        added: Cases that are new.
        updated: Cases whose content changed.
        unchanged: Cases that were there with the same content.
        rejected: Inputs that could not be used; they stand in `rejected.jsonl`.
        unread: Known files of the source that no case uses; they stand there too.
        outdated: Cases about which something had been written from what the source does not say any more; it was left
            out, so write again.
        unsplit: Cases in the corpus without a split, where others have one.
        unnamed: Names of masks in the corpus -> names that masks of other cases, called the same, were given since.
        images: Modality -> images in the corpus now.
    """

    cases: int
    added: int
    updated: int
    unchanged: int
    rejected: int
    unread: int
    outdated: int
    unsplit: int
    unnamed: dict[str, str]
    images: dict[str, int]

    @property
    def usable(self) -> int:
        """Cases that this source gave, new or not."""
        return self.added + self.updated + self.unchanged

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def build_corpus(
    path: Path | str, source: Source, *, jobs: int = 1, link: bool = False, progress: Progress | None = None
) -> BuildReport:
    """Add what a source holds to the corpus at `path`, which is made when there is none.

    The same source twice adds nothing, and a case that its source gives as before keeps its split, the names of its
    masks and what was written about it (`rebuilt`). Of two drafts with one id, and of a draft whose id another kind of
    source already took, the first stays and the other is rejected.

    Args:
        jobs: Threads that hash, check and copy image files; the order of the cases does not depend on it.
        link: Reference image files where they lie instead of copying them.
        progress: Called with (inputs done, None, what).

    Raises:
        UsageError: `jobs` < 1, or options that do not fit the source.
        CorpusError: `path` holds something else, or a damaged corpus.
        LexiscopeError: another process writes to the corpus.
    """
    if jobs < 1:
        raise UsageError(f"jobs must be at least 1, got {jobs}")
    corpus = Corpus.open(path) if Corpus.exists(path) else Corpus.create(path)
    counts: Counter[str] = Counter()
    with (
        corpus.writing(),
        known_ids() as seen,
        ThreadPoolExecutor(jobs) as pool,
        _rejections(corpus, source) as rejections,
    ):
        run = _Run(corpus, seen, rejections, pool, link)
        for done, counted in run.batches(source.drafts()):
            counts.update(counted)
            if progress is not None:
                progress(done, None, "cases")
        if counts["added"] + counts["updated"]:
            corpus.tidy()
    return BuildReport(
        cases=len(corpus),
        added=counts["added"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        rejected=rejections.count,
        unread=rejections.unread,
        outdated=counts["outdated"],
        unsplit=_unsplit(corpus),
        unnamed=_unnamed(corpus),
        images=_images_by_modality(corpus),
    )


class _Run:
    """One build: what it has met so far."""

    def __init__(
        self, corpus: Corpus, seen: KnownIds, rejections: Rejections, pool: ThreadPoolExecutor, link: bool
    ) -> None:
        self._corpus = corpus
        self._seen = seen
        self._rejections = rejections
        self._pool = pool
        self._link = link
        self._hashes: OrderedDict[str, bytes] = OrderedDict()

    def batches(self, drafts: Iterator[Draft | Rejected]) -> Iterator[tuple[int, dict[str, int]]]:
        """Take in and commit batch after batch; gives (inputs done, cases by what became of them)."""
        done, size = 0, _FIRST
        while batch := _next_batch(map(storable, drafts), size):
            started = time.monotonic()
            yield (done := done + len(batch)), self._commit(batch)
            size = _next_size(size, time.monotonic() - started)

    def _commit(self, batch: list[Draft | Rejected]) -> dict[str, int]:
        stored = self._corpus.stored_rows(draft.id for draft in batch if isinstance(draft, Draft))
        known = {**self._hashes, **dict(chain.from_iterable(hashes_of(row).items() for row in stored.values()))}
        accepted = [draft for item in batch if (draft := self._screen(item, stored)) is not None]
        work = partial(ingest, corpus=self._corpus, known=known, link=self._link)
        taken = list(self._pool.map(work, accepted))
        for rejected in chain.from_iterable(item.rejected for item in taken):
            self._rejections.add(rejected)
        hashes = dict(chain.from_iterable(item.hashes.items() for item in taken))
        self._remember(hashes)
        cases = [rebuilt(item.case, stored.get(item.case.id)) for item in taken if item.case is not None]
        drafted = {one.case.id: one.drafted for one in cases}
        done = self._corpus.upsert([one.case for one in cases], hashes=hashes, drafted=drafted)
        return {**asdict(done), "outdated": sum(one.outdated for one in cases)}

    def _screen(self, item: Draft | Rejected, stored: Mapping[str, Mapping[str, Any]]) -> Draft | None:
        if isinstance(item, Rejected):
            self._rejections.add(item)
            return None
        if not self._seen.is_new(item.id):
            reason = f"the id {item.id!r} occurs twice in this source; the first case was kept"
            self._rejections.add(Rejected(where(item), reason, "give every case an id of its own"))
            return None
        owner = stored[item.id]["provenance"]["source"] if item.id in stored else item.provenance.source
        if owner != item.provenance.source:
            reason = f"the id {item.id!r} belongs to a case that the source {owner!r} gave; that case was kept"
            self._rejections.add(Rejected(where(item), reason, "build a corpus of its own, or change the ids"))
            return None
        return item

    def _remember(self, hashes: Mapping[str, bytes]) -> None:
        self._hashes.update(hashes)
        while len(self._hashes) > _REMEMBERED:
            self._hashes.popitem(last=False)


def _next_batch(drafts: Iterator[Draft | Rejected], size: int) -> list[Draft | Rejected]:
    """The next inputs: at most `size` of them, fewer when they are slow to come or hold many bytes."""
    batch: list[Draft | Rejected] = []
    held, started = 0, time.monotonic()
    for item in drafts:
        batch.append(item)
        held += _bytes_of(item)
        if len(batch) >= size or held >= _MADE or time.monotonic() - started >= _SLOW:
            break
    return batch


def _next_size(size: int, seconds: float) -> int:
    if seconds < _HASTY:
        return min(_LARGEST, size * 4)
    return max(_SMALLEST, size // 2) if seconds > _SLOW else size


def _bytes_of(item: Draft | Rejected) -> int:
    if isinstance(item, Rejected):
        return 0
    files: Iterable[ImageFile] = chain(item.images.values(), item.masks.values())
    texts = chain((text.text for text in item.texts), (turn.answer for turn in item.turns))
    return sum(len(file.origin.data) for file in files if isinstance(file.origin, Encoded)) + _COPIES * sum(
        len(text) for text in texts
    )


def _rejections(corpus: Corpus, source: Source) -> AbstractContextManager[Rejections]:
    remove_leftovers(corpus.path)
    path = getattr(source, "path", None)  # tells apart two sources of one kind
    return log_rejections(corpus.path, source.name if path is None else f"{source.name}:{Path(path).resolve()}")


def _images_by_modality(corpus: Corpus) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in corpus.rows(columns=["images"]):
        counts.update(image["modality"] for image in row["images"])
    return dict(sorted(counts.items()))


def _unsplit(corpus: Corpus) -> int:
    splits = Counter(row["split"] for row in corpus.rows(columns=["split"]))
    return splits[None] if len(splits) > 1 else 0


def _unnamed(corpus: Corpus) -> dict[str, str]:
    there: set[str] = set()
    given: dict[str, str] = {}
    for row in corpus.rows(columns=["masks", "provenance"]):
        there |= {mask["modality"] for mask in row["masks"]}
        given |= names_given(row["provenance"]["steps"])
    return {old: new for old, new in sorted(given.items()) if old in there}
