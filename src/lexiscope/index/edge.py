"""The embedded store: Qdrant's engine in this process, one folder a collection. Nothing leaves the machine."""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from lexiscope.core.batched import stream_batches
from lexiscope.core.engines import EngineError, failures_of_engines
from lexiscope.core.errors import IndexStoreError
from lexiscope.core.files import write_json
from lexiscope.core.owned import remove_made, require_own
from lexiscope.core.strict_json import read_object
from lexiscope.index.checksums import checksums, require_unchanged
from lexiscope.index.fulltext import FullText, SparseText
from lexiscope.index.hybrid import LegQuery, answer, stored_payload
from lexiscope.index.known import KnownEntries
from lexiscope.index.legs import WORDING
from lexiscope.index.qdrant import (
    COLLECTION_PREFIX,
    IMAGE_VECTOR,
    TEXT_VECTOR,
    UPSERT_BATCH,
    VECTOR_OF,
    WORDING_VECTOR,
    engine_filter,
    field_path,
    point_id,
    search_width,
)
from lexiscope.index.store import Entry, Hit, IndexSpec, Query
from lexiscope.index.ties import untied

_LINKS = 16
_BUILD_WIDTH = 100
_FULL_SCAN_KILOBYTES = 10_000
_OVERSAMPLING = 2.0  # candidates from the 8-bit copies for each hit; the stored vectors decide among them
_COLLECTION = rf"{COLLECTION_PREFIX}[0-9a-z][0-9a-z-]*"
_FINISHED = "finished.json"


class EdgeStore:
    """A folder of embedded collections.

    A collection is written in its own folder and marked finished last, so that a killed build leaves nothing that can
    be searched. It keeps no write-ahead log: a build that died starts again (the embeddings are kept elsewhere), and
    without a log any number of processes can search one collection at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, name: str, spec: IndexSpec) -> "EdgeIndex":
        """Start an empty collection; what an earlier, killed build left under this name is thrown away."""
        from qdrant_edge import EdgeShard

        folder = require_own(self._folder, name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return EdgeIndex(EdgeShard.create(str(folder), _config(spec)), folder, spec)

    def open(self, name: str, spec: IndexSpec) -> "EdgeIndex":
        """Open a finished collection.

        Raises:
            IndexStoreError: it is not there, unfinished or cannot be read.
        """
        from qdrant_edge import EdgeShard

        folder = self._folder / name
        if not (folder / _FINISHED).is_file():
            raise IndexStoreError(f"expected a finished index at {folder}, found none; build it again")
        copy = None
        try:
            with failures_of_engines():
                _require_whole(folder)
                copy = None if _may_write(folder) else TemporaryDirectory(prefix="lexiscope-")
                place = folder if copy is None else _copied(folder, Path(copy.name))
                return EdgeIndex(EdgeShard.load(str(place)), place, spec, copy)
        except EngineError as error:
            if copy is not None:
                copy.cleanup()
            raise IndexStoreError(f"the index at {folder} cannot be read ({error}); build it again") from error

    def sweep(self, *, keep: str) -> None:
        """Throw away every other collection of the folder. A search that still has one open goes on undisturbed."""
        remove_made(self._folder, rf"(?!{re.escape(keep)}$){_COLLECTION}")


class EdgeIndex:
    """One open embedded collection; see `VectorIndex`."""

    def __init__(
        self, shard: Any, folder: Path, spec: IndexSpec, copy: "TemporaryDirectory[str] | None" = None
    ) -> None:
        self._shard = shard
        self._copy = copy
        self._folder = folder
        self._spec = spec
        self._fulltext = FullText(spec.average_length)
        self._known = KnownEntries(self._payloads)

    def upsert(self, entries: Iterable[Entry]) -> None:
        """Add entries; one with a known id replaces the old one. An entry without vector and text is never found."""
        from qdrant_edge import Point, UpdateOperation

        for batch in stream_batches(entries, UPSERT_BATCH):
            points = [Point(point_id(entry.id), self._vectors(entry), stored_payload(entry)) for entry in batch]
            self._shard.update(UpdateOperation.upsert_points(points))
        self._known.forget()

    def finish(self) -> None:
        """Build the field indexes and the search graph, flush, and mark the collection finished."""
        from qdrant_edge import FloatIndexParams, KeywordIndexParams, UpdateOperation

        for field, kind in self._spec.fields.items():
            schema = FloatIndexParams() if kind == "number" else KeywordIndexParams()
            self._shard.update(UpdateOperation.create_field_index(field_path(field), schema))
        self._shard.optimize()
        self._shard.flush()
        files = checksums(self._folder, besides=_FINISHED)
        write_json(self._folder / _FINISHED, {"entries": self.count(), "files": files})

    def search(self, query: Query) -> list[Hit]:
        """The best entries, best first.

        Raises:
            UsageError: the query's vector has another size than the index's.
        """
        import qdrant_edge

        where = engine_filter(query.where, types=qdrant_edge, number_range=qdrant_edge.RangeFloat)

        def find(legs: Sequence[LegQuery]) -> list[list[Hit]]:
            return [self._untied(legs[0], where)] if len(legs) == 1 else self._together(legs, where)

        return answer(query, spec=self._spec, find=find)

    def count(self) -> int:
        """Number of entries."""
        from qdrant_edge import CountRequest

        return self._shard.count(CountRequest(exact=True))

    def close(self) -> None:
        """Let go of the files."""
        self._shard.close()
        if self._copy is not None:
            self._copy.cleanup()

    def _untied(self, leg: LegQuery, where: Any) -> list[Hit]:
        return untied(lambda width: self._nearest(replace(leg, limit=width), where), leg.limit)

    def _nearest(self, leg: LegQuery, where: Any) -> list[Hit]:
        return self._hits([self._asked(lambda: self._shard.query(_request(leg, where)))], [leg])[0]

    def _together(self, legs: Sequence[LegQuery], where: Any) -> list[list[Hit]]:
        """Hits of several legs from one pass over the collection, as wide as `untied` starts."""
        from qdrant_edge import QueryBatchRequest

        batch = QueryBatchRequest([_request(replace(leg, limit=leg.limit + 1), where) for leg in legs])
        first = self._hits(self._asked(lambda: self._shard.query_batch(batch)), legs)
        return [
            untied(partial(self._wider, hits, leg, where), leg.limit) for leg, hits in zip(legs, first, strict=True)
        ]

    def _wider(self, first: list[Hit], leg: LegQuery, where: Any, width: int) -> list[Hit]:
        return first if width == leg.limit + 1 else self._nearest(replace(leg, limit=width), where)

    def _hits(self, found: Sequence[Sequence[Any]], legs: Sequence[LegQuery]) -> list[list[Hit]]:
        """Hits of each leg from the points that it found."""
        scores = [[(point.id, point.score) for point in points] for points in found]  # each access converts
        entries = self._known.of(one for pairs in scores for one, _ in pairs)
        return [
            [entries[one].hit(score, leg.name) for one, score in pairs] for leg, pairs in zip(legs, scores, strict=True)
        ]

    def _payloads(self, ids: Sequence[UUID]) -> Iterable[tuple[UUID, dict[str, Any]]]:
        records = self._asked(lambda: self._shard.retrieve(list(ids), True, False))
        return [(record.id, record.payload) for record in records]

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            with failures_of_engines():
                return ask()
        except EngineError as error:
            raise IndexStoreError(
                f"the index at {self._folder} cannot be searched ({error}); build it again"
            ) from error

    def _vectors(self, entry: Entry) -> dict[str, Any]:
        from qdrant_edge import SparseVector

        words = self._fulltext.document(entry.text)
        vectors: dict[str, Any] = {}
        if entry.vector is not None:
            vectors[IMAGE_VECTOR] = entry.vector.tolist()
        if entry.wordings is not None and self._spec.wording:
            vectors[WORDING_VECTOR] = entry.wordings.tolist()
        if words.indices:
            vectors[TEXT_VECTOR] = SparseVector(list(words.indices), list(words.values))
        return vectors


def _request(leg: LegQuery, where: Any) -> Any:
    import qdrant_edge as engine

    return engine.QueryRequest(
        limit=leg.limit,
        query=engine.Query.Nearest(_engine_vector(leg), using=VECTOR_OF[leg.name]),
        filter=where,
        params=engine.SearchParams(
            hnsw_ef=search_width(leg.limit, filtered=where is not None),
            quantization=engine.QuantizationSearchParams(rescore=True, oversampling=_OVERSAMPLING),
        ),
        with_payload=False,
    )


def _engine_vector(leg: LegQuery) -> Any:
    from qdrant_edge import SparseVector

    if isinstance(leg.vector, SparseText):
        return SparseVector(list(leg.vector.indices), list(leg.vector.values))
    return [leg.vector] if leg.name == WORDING else leg.vector


def _require_whole(folder: Path) -> None:
    """Refuse a damaged collection; those of earlier versions have no checksums."""
    sums = read_object(folder / _FINISHED).get("files")
    if isinstance(sums, dict):
        require_unchanged(folder, sums, besides=_FINISHED)


def _may_write(folder: Path) -> bool:
    """True where the engine may write into a collection, which it does even to search."""
    return all(os.access(path, os.W_OK) for path in [folder, *folder.rglob("*")])


def _copied(folder: Path, scratch: Path) -> Path:
    """A copy of a collection that nobody may write into, for the time that it is open."""
    place = scratch / folder.name
    shutil.copytree(folder, place, copy_function=shutil.copyfile)
    for path in [place, *place.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return place


def _config(spec: IndexSpec) -> Any:
    import qdrant_edge as engine

    graph = engine.HnswIndexConfig(m=_LINKS, ef_construct=_BUILD_WIDTH, full_scan_threshold=_FULL_SCAN_KILOBYTES)
    copies = engine.ScalarQuantizationConfig(engine.ScalarType.Int8, quantile=0.99, memory=engine.Memory.Pinned)

    def vectors_of(size: int, best: Any = None) -> Any:
        return engine.EdgeVectorParams(
            size, engine.Distance.Cosine, hnsw_config=graph, quantization_config=copies, multivector_config=best
        )

    vectors = {IMAGE_VECTOR: vectors_of(spec.size)}
    if spec.wording:
        best_passage = engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim)
        vectors[WORDING_VECTOR] = vectors_of(spec.wording, best_passage)
    return engine.EdgeConfig(
        vectors=vectors,
        sparse_vectors={TEXT_VECTOR: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)},
        optimizers=engine.EdgeOptimizersConfig(default_segment_number=1),
        wal_enabled=False,
    )
