"""`Corpus`: a directory of cases; typed rows in a Lance dataset, image files by content hash.

    corpus.json        format version; written last when a corpus is made, so a directory that has it is whole
    cases.lance/       the cases; every write is one atomic commit
    objects/ab/<hash>  image files, bytes unchanged
    rejected.jsonl     inputs that could not be used, and why
    corrections/       what people said instead, a file each; the rows always have it

The first write into a corpus of an older lexiscope gives its rows the fields that came later. Reading streams, so
memory does not grow with the corpus. One process writes at a time; readers keep the state they opened until `refresh`.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import lance
import numpy as np
import pyarrow as pa

from lexiscope.core.batched import stream_batches
from lexiscope.core.case import Case
from lexiscope.core.engines import EngineError, failures_of_engines
from lexiscope.core.errors import CorpusError, LexiscopeError
from lexiscope.core.files import exclusive, write_json
from lexiscope.core.image import Image
from lexiscope.core.owned import remove_made, require_own
from lexiscope.core.regular import read_regular
from lexiscope.corpus.corrections.kinds import corrected
from lexiscope.corpus.corrections.ledger import FOLDER as CORRECTIONS
from lexiscope.corpus.corrections.ledger import Ledger
from lexiscope.corpus.corrections.pending import apply_waiting
from lexiscope.corpus.engine_threads import settle_threads
from lexiscope.corpus.objects import checked_object, find_object, keep_object
from lexiscope.corpus.rows import SCHEMA, case_of, hashes_of, row_of

_log = logging.getLogger(__name__)

FORMAT = 1
_WRITTEN = ("instructions.jsonl", "instruction-history.jsonl", "predictions.jsonl", "structures.json")
_OWN = {"corpus.json", "cases.lance", "objects", "rejected.jsonl", CORRECTIONS, ".lock"}
_BATCH = 256  # cases held at once while reading
_WIDE_BATCH = 1 << 13  # rows of few columns held at once
_CACHE = 8 << 20  # bytes of Lance index and metadata kept; its own default grows to gigabytes
_PIECE = 1 << 15  # rows in a merged piece: full pieces are never read again, so tidying takes bounded memory and time
_TIDY_EVERY = 64  # small fragments before they are merged
_READERS_KEEP = timedelta(hours=1)  # how long a reader may go on with a state that was replaced


@dataclass(frozen=True, slots=True)
class Upserted:
    """Cases that an upsert added, updated or left unchanged."""

    added: int
    updated: int
    unchanged: int


class Corpus:
    """A directory of cases, open for reading and writing.

    Iteration gives cases in the order they were added; a case that changes moves to the end. Use `create` or `open`.

    Example:
        >>> import tempfile
        >>> from lexiscope.core import Case, Provenance
        >>> corpus = Corpus.create(Path(tempfile.mkdtemp()) / "scans")
        >>> corpus.upsert([Case("visit-1", "patient-1", Provenance("by hand"), attributes={"age": 61})])
        Upserted(added=1, updated=0, unchanged=0)
        >>> corpus["visit-1"].attributes["age"]
        61
    """

    def __init__(self, path: Path, dataset: lance.LanceDataset, ledger: Ledger) -> None:
        self.path = path
        self.ledger = ledger
        self._dataset = dataset
        self._writing = False
        self._version: tuple[int, str] | None = None

    @classmethod
    def create(cls, path: Path | str) -> "Corpus":
        """Make an empty corpus.

        Raises:
            CorpusError: there is a corpus already, or a directory with other things in it.
        """
        settle_threads()
        path = Path(path)
        if (path / "corpus.json").exists():
            raise CorpusError(f"{path} is a corpus already; open it, or choose another directory")
        remove_made(path, r"\.corpus\.json\.[a-z0-9_]+\.part")  # a process was killed while it made this corpus
        foreign = sorted(child.name for child in path.iterdir() if child.name not in _OWN) if path.is_dir() else []
        if foreign or (path.exists() and not path.is_dir()):
            msg = f"{path} must be a new or empty directory, got {', '.join(foreign[:3]) or 'a file'}; choose another"
            raise CorpusError(msg)
        require_own(path, "objects").mkdir(parents=True, exist_ok=True)
        require_own(path, "cases.lance")
        with exclusive(path / ".lock", what=str(path)):
            # A process killed in the middle of an earlier `create` may have left an empty dataset: replace it.
            rows = path / "cases.lance"
            mode = "overwrite" if rows.exists() else "create"
            lance.write_dataset(SCHEMA.empty_table(), str(rows), schema=SCHEMA, mode=mode)
            write_json(path / "corpus.json", {"format": FORMAT})
        return cls.open(path)

    @classmethod
    def open(cls, path: Path | str) -> "Corpus":
        """Open an existing corpus.

        Raises:
            CorpusError: no corpus there, damaged, or written by a newer lexiscope.
        """
        settle_threads()
        path = Path(path)
        if not (path / "corpus.json").is_file():
            raise CorpusError(
                f"expected a corpus at {path}, found none; make one with: lexiscope corpus build {path} SOURCE"
            )
        try:
            written = json.loads(read_regular(path / "corpus.json").decode("utf-8"))["format"]
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(
                f"{path / 'corpus.json'} is damaged ({error}); restore it, or build again elsewhere"
            ) from error
        if written != FORMAT:
            raise CorpusError(
                f"{path} has format {written}, this lexiscope reads {FORMAT}; update lexiscope or build again"
            )
        session = lance.Session(index_cache_size_bytes=_CACHE, metadata_cache_size_bytes=_CACHE)
        with _explained(path):
            dataset = lance.dataset(str(path / "cases.lance"), session=session)
        corpus = cls(path, dataset, Ledger(path))
        corpus._finish()
        return corpus

    def open_again(self) -> "Corpus":
        """The corpus as it is now, as an object of its own: for threads, of which each needs one to write.

        Corrections that were read are not read again, as none ever changes.

        Raises:
            CorpusError: it is gone or damaged.
        """
        opened = Corpus.open(self.path)
        opened.ledger = self.ledger
        return opened

    @classmethod
    def of(cls, corpus: "Corpus | Path | str") -> "Corpus":
        """An open corpus as it is, or the one at a path; what every public function takes.

        Raises:
            CorpusError: no corpus there.
        """
        return corpus if isinstance(corpus, Corpus) else cls.open(corpus)

    @classmethod
    def exists(cls, path: Path | str) -> bool:
        """True when there is a corpus at `path`.

        Example:
            >>> Corpus.exists("no/such/corpus")
            False
        """
        return (Path(path) / "corpus.json").is_file()

    def refresh(self) -> None:
        """See what other processes wrote since this corpus was opened."""
        with _explained(self.path):
            self._dataset.checkout_latest()

    def __len__(self) -> int:
        return self.count()

    def __iter__(self) -> Iterator[Case]:
        return self.cases()

    def __contains__(self, case_id: object) -> bool:
        return isinstance(case_id, str) and bool(self._rows_by_id([case_id], columns=["id"]))

    def __getitem__(self, case_id: str) -> Case:
        return self.take([case_id])[0]

    def count(self, split: str | None = None) -> int:
        """Number of cases, of one split or of all."""
        with _explained(self.path):
            return self._dataset.count_rows(_in_split(split))

    def cases(self, split: str | None = None, *, where: Callable[[Case], bool] | None = None) -> Iterator[Case]:
        """Read the cases one after another, a few hundred in memory at a time.

        Args:
            split: Only the cases of this split.
            where: Only the cases for which this is true.
        """
        for row in self.rows(split=split):
            case = case_of(row)
            if where is None or where(case):
                yield case

    def take(self, ids: Iterable[str]) -> list[Case]:
        """The cases of these ids, in the order asked.

        Raises:
            CorpusError: the corpus has no such case.
        """
        wanted = list(ids)
        cases = {row["id"]: case_of(row) for row in self._rows_by_id(wanted)}
        missing = [case_id for case_id in wanted if case_id not in cases]
        if missing:
            msg = f"{self.path} has no case {missing[0]!r} ({len(missing)} of {len(wanted)} missing); see: corpus list"
            raise CorpusError(msg)
        return [cases[case_id] for case_id in wanted]

    def at(self, places: Sequence[int]) -> list[Case]:
        """The cases at these places of the iteration order, in the order asked.

        Raises:
            CorpusError: a place outside the corpus.
        """
        if any(not 0 <= place < len(self) for place in places):
            raise CorpusError(f"places must lie in 0..{len(self) - 1}, got {min(places)}..{max(places)}")
        with _explained(self.path):
            return [case_of(row) for row in self._dataset.take(list(places)).to_pylist()]

    def rows(self, *, split: str | None = None, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Read rows of the table (`corpus.rows.SCHEMA`) as plain values; for work that needs few columns."""
        for batch in self._batches(columns, size=_BATCH, split=split):
            yield from batch.to_pylist()

    def columns(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Read a few columns of the table as Arrow batches, in the order of iteration; for counting over all cases."""
        return self._batches(names, size=_WIDE_BATCH, split=None)

    def _batches(self, names: Sequence[str] | None, *, size: int, split: str | None) -> Iterator[pa.RecordBatch]:
        with _explained(self.path):
            scanner = self._dataset.scanner(
                columns=list(names) if names else None,
                filter=_in_split(split),
                batch_size=size,
                batch_readahead=2,
                fragment_readahead=1,
                scan_in_order=True,
            )
            yield from scanner.to_batches()

    @property
    def revision(self) -> int:
        """Number of the state that is read; every write makes a larger one."""
        return int(self._dataset.version)

    @property
    def version(self) -> str:
        """Sixteen hex digits that say what the corpus holds.

        The same cases give the same version, whatever the order, the number of builds or the machine they came from.
        """
        at = self._dataset.version
        if self._version is None or self._version[0] != at:
            with _explained(self.path):
                self._version = (at, self._content_version())
        return self._version[1]

    def object_path(self, image: Image) -> Path:
        """The file of an image of this corpus.

        Raises:
            CorpusError: the file is gone.
        """
        return find_object(self.path / "objects", image)

    def checked_path(self, image: Image) -> Path:
        """The file of an image of this corpus, once its bytes are sure to be those that were stored.

        Raises:
            CorpusError: the file is gone, or holds other bytes.
        """
        return checked_object(self.path / "objects", image)

    def keep_object(self, origin: Path, *, content: str, image_format: str) -> None:
        """Copy an image file into the corpus under the SHA-256 of its bytes."""
        keep_object(self.path / "objects", origin, content=content, image_format=image_format)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the corpus's write lock; needed around several writes that belong together.

        Raises:
            LexiscopeError: another process is writing, the corpus is read-only, or a link leads out of it.
        """
        if self._writing:
            yield
            return
        _require_own_folders(self.path)
        with exclusive(self.path / ".lock", what=str(self.path)):
            self.refresh()
            self._writing = True
            try:
                apply_waiting(self)
                yield
                apply_waiting(self)  # those that came meanwhile
            finally:
                self._writing = False

    def upsert(
        self,
        cases: Iterable[Case],
        *,
        hashes: Mapping[str, bytes] | None = None,
        drafted: Mapping[str, bytes] | None = None,
    ) -> Upserted:
        """Add cases, or replace those of the same id; a case that says the same as before is left alone.

        Cases are written as people corrected them (`corpus.corrections`).

        Args:
            hashes: Content hash -> perceptual hash of images, where known; hashes known before are kept.
            drafted: Id -> fingerprint of the case as its source gives it, where it comes from one; those known before
                are kept.

        Raises:
            CorpusError: two of the cases have the same id.
        """
        given = list(cases)
        batch = {case.id: case for case in given}
        if len(batch) < len(given):
            raise CorpusError(
                f"ids must be unique, got {len(given)} cases with {len(batch)} ids; drop the repeated ones"
            )
        with self.writing():
            self._bring_up_to_date()
            corrections = self.ledger.by_case()
            batch = {name: corrected(case, corrections.get(name, ())) for name, case in batch.items()}
            columns = ["id", "fingerprint", "drafted", "images", "masks"]
            stored = {row["id"]: row for row in self._rows_by_id(batch, columns=columns)}
            known: dict[str, bytes] = {}
            for row in stored.values():
                known |= hashes_of(row)
            known |= hashes or {}
            given_by_source = {name: row["drafted"] for name, row in stored.items()} | dict(drafted or {})
            rows = [row_of(case, known) | {"drafted": given_by_source.get(case.id)} for case in batch.values()]
            new = [row for row in rows if row["id"] not in stored]
            changed = [row for row in rows if row["id"] in stored and _differs(row, stored[row["id"]])]
            self._commit(new, changed)
        return Upserted(len(new), len(changed), len(batch) - len(new) - len(changed))

    def set_splits(self, cases: Iterable[Case]) -> None:
        """Give splits to cases in one commit: a process that dies leaves all of them as they were, or none.

        Args:
            cases: Cases of the corpus with their new splits; of their values nothing else may differ.
        """
        names = ("id", "split", "fingerprint")
        with self.writing():
            self._bring_up_to_date()
            rows = [{name: row[name] for name in names} for row in (row_of(case, {}) for case in cases)]
            if rows:
                table = pa.Table.from_pylist(rows, schema=pa.schema([SCHEMA.field(name) for name in names]))
                with _explained(self.path, "written"):
                    self._dataset.merge_insert("id").when_matched_update_all().execute(table)

    def tidy(self) -> None:
        """Merge the small pieces that many commits leave, index the ids, drop states nobody reads any more."""
        with self.writing(), _explained(self.path, "written"):
            # Pages are copied as they are where no row was deleted: encoding them again takes memory for a whole piece.
            self._dataset.optimize.compact_files(
                target_rows_per_fragment=_PIECE, num_threads=1, batch_size=_BATCH, compaction_mode="try_binary_copy"
            )
            if self._dataset.list_indices():
                self._dataset.optimize.optimize_indices()
            elif len(self):
                self._dataset.create_scalar_index("id", "BTREE")
            self._dataset.cleanup_old_versions(older_than=_READERS_KEEP, delete_unverified=True)

    def stored_rows(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Id -> row, of those of these ids that the corpus has."""
        return {row["id"]: row for row in self._rows_by_id(ids)}

    def _finish(self) -> None:
        """Apply the corrections that a killed process left; where that cannot be now, the next one who writes does."""
        if not self.ledger.waiting(self.revision):
            return
        try:
            with self.writing():
                pass
        except LexiscopeError as error:
            _log.warning("corrections of %s are not applied yet: %s", self.path, error)

    def _bring_up_to_date(self) -> None:
        """Give the rows of an older lexiscope the fields of today, empty: one commit, so a crash leaves all or none."""
        if self._dataset.schema == SCHEMA:
            return
        batches = self._dataset.scanner(batch_size=_BATCH, batch_readahead=2, scan_in_order=True).to_batches()
        renewed = (pa.RecordBatch.from_pylist(batch.to_pylist(), schema=SCHEMA) for batch in batches)
        reader = pa.RecordBatchReader.from_batches(SCHEMA, renewed)
        self._dataset = lance.write_dataset(reader, self._dataset, schema=SCHEMA, mode="overwrite")

    def _commit(self, new: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
        with _explained(self.path, "written"):
            if new:
                self._dataset.insert(pa.Table.from_pylist(new, schema=SCHEMA))
            if changed:
                self._dataset.merge_insert("id").when_matched_update_all().execute(
                    pa.Table.from_pylist(changed, schema=SCHEMA)
                )
        if (new or changed) and len(self._dataset.get_fragments()) % _TIDY_EVERY == 0:
            self.tidy()

    def _rows_by_id(self, ids: Iterable[str], columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for part in stream_batches(ids, _BATCH):
            quoted = ", ".join(map(_quoted, part))
            with _explained(self.path):
                table = self._dataset.to_table(columns=list(columns) if columns else None, filter=f"id IN ({quoted})")
            rows += table.to_pylist()
        return rows

    def _content_version(self) -> str:
        # Sum of the fingerprints modulo 2^256, as eight 32-bit limbs in 64-bit counters: the order cannot matter.
        total, count = np.zeros(8, np.uint64), 0
        for batch in self._dataset.scanner(columns=["fingerprint"], batch_size=1 << 14).to_batches():
            limbs = np.frombuffer(b"".join(batch["fingerprint"].to_pylist()), dtype=">u4").reshape(-1, 8)
            total += limbs.sum(axis=0, dtype=np.uint64)
            count += len(limbs)
        content = sum(int(limb) << (32 * place) for place, limb in enumerate(reversed(total.tolist()))) % (1 << 256)
        return hashlib.sha256(f"{FORMAT}:{count}:{content:064x}".encode()).hexdigest()[:16]


def _differs(row: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    """True when a row says something new: other content, another place of a file, a hash or a count unknown before."""
    told = ("fingerprint", "drafted")
    return any(row[name] != stored[name] for name in told) or _derived(row) != _derived(stored)


def _derived(row: Mapping[str, Any]) -> list[tuple[str | None, bytes | None, int | None]]:
    images = sorted([*row["images"], *row["masks"]], key=lambda image: (image["modality"], image["content"]))
    return [(image["path"], image["look"], image.get("marked")) for image in images]


@contextmanager
def _explained(path: Path, what: str = "read") -> Iterator[None]:
    """Turn what Lance raises on damaged rows, a full disk or a read-only place into one error that says what to do."""
    try:
        with failures_of_engines():
            yield
    except EngineError as error:
        remedy = (
            "restore them, or build again" if what == "read" else "make room and the place writable, then run again"
        )
        raise CorpusError(f"the cases of {path} cannot be {what} ({error}); {remedy}") from error


def _require_own_folders(path: Path) -> None:
    """Refuse to write into a corpus in which links lead elsewhere."""
    for name in ("objects", CORRECTIONS, "rejected.jsonl", "rejected-turns.jsonl", "completions.jsonl", *_WRITTEN):
        require_own(path, name)
    rows = require_own(path, "cases.lance")
    for child in rows.iterdir():
        require_own(rows, child.name)


def _in_split(split: str | None) -> str | None:
    return None if split is None else f"split = {_quoted(split)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
