"""A Qdrant server or cluster behind the same interface, reached only when its URL is named."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from lexiscope.core.batched import stream_batches
from lexiscope.core.errors import IndexStoreError, UsageError
from lexiscope.core.extras import need
from lexiscope.index.fulltext import FullText, SparseText
from lexiscope.index.hybrid import LegQuery, StoredEntry, answer, stored_payload
from lexiscope.index.legs import WORDING
from lexiscope.index.qdrant import (
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

API_KEY_VARIABLE = "LEXISCOPE_QDRANT_API_KEY"
_SECONDS = 60


class ServerStore:
    """The collections of one Qdrant server.

    Args:
        url: Such as http://127.0.0.1:6333.
        api_key: The server's key, if it wants one; never written to disk, and never sent in plain text to another
            machine.

    Raises:
        UsageError: a key for an address of another machine without https.
    """

    def __init__(self, url: str, *, api_key: str | None = None) -> None:
        if api_key and urlsplit(url).scheme != "https" and not _is_this_machine(url):
            msg = f"expected https for a server that is sent a key, got {url}, where anybody on the way could read it"
            raise UsageError(f"{msg}; use https, or a tunnel to a port of this machine")
        self._url = url
        self._api_key = api_key

    def create(self, name: str, spec: IndexSpec) -> "ServerIndex":
        """Start an empty collection; what an earlier, killed build left under this name is thrown away.

        Raises:
            IndexStoreError: the server does not answer or refuses.
        """
        client = self._connect()
        from qdrant_client import models

        with _explained(self._url):
            client.delete_collection(name)
            client.create_collection(
                name,
                vectors_config=_vectors_config(spec),
                sparse_vectors_config={TEXT_VECTOR: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            )
        return ServerIndex(client, self._url, name, spec)

    def open(self, name: str, spec: IndexSpec) -> "ServerIndex":
        """Open a finished collection.

        Raises:
            IndexStoreError: it is not there, or the server does not answer or refuses.
        """
        client = self._connect()
        with _explained(self._url):
            exists = client.collection_exists(name)
        if not exists:
            raise IndexStoreError(f"expected the collection {name} at {self._url}, found none; build it again")
        return ServerIndex(client, self._url, name, spec)

    def sweep(self, *, keep: str) -> None:
        """Throw nothing away: others may be searching this server's collections."""

    def _connect(self) -> Any:
        """A client of its own for each open collection: closing one leaves the others open."""
        client = need("qdrant_client", extra="qdrant")
        with _explained(self._url):
            return client.QdrantClient(
                url=self._url, api_key=self._api_key, timeout=_SECONDS, check_compatibility=False
            )


class ServerIndex:
    """One collection of a Qdrant server; see `VectorIndex`."""

    def __init__(self, client: Any, url: str, name: str, spec: IndexSpec) -> None:
        self._client = client
        self._url = url
        self._name = name
        self._spec = spec
        self._fulltext = FullText(spec.average_length)

    def upsert(self, entries: Iterable[Entry]) -> None:
        """Add entries; one with a known id replaces the old one. An entry without vector and text is never found."""
        for batch in stream_batches(entries, UPSERT_BATCH):
            with _explained(self._url):
                self._client.upsert(self._name, points=[self._point(entry) for entry in batch], wait=True)

    def finish(self) -> None:
        """Ask for the field indexes; the server builds its search graph by itself."""
        from qdrant_client import models

        with _explained(self._url):
            for field, kind in self._spec.fields.items():
                schema = models.PayloadSchemaType.FLOAT if kind == "number" else models.PayloadSchemaType.KEYWORD
                self._client.create_payload_index(self._name, field_path(field), field_schema=schema, wait=True)

    def search(self, query: Query) -> list[Hit]:
        """The best entries, best first.

        Raises:
            UsageError: the query's vector has another size than the index's.
            IndexStoreError: the server does not answer or refuses.
        """
        from qdrant_client import models

        where = engine_filter(query.where, types=models, number_range=models.Range)

        def fetch(legs: Sequence[LegQuery]) -> list[list[Hit]]:
            with _explained(self._url):
                found = self._client.query_batch_points(self._name, [_request(leg, where) for leg in legs])
            return [
                [StoredEntry.of(point.payload).hit(point.score, leg.name) for point in one.points]
                for leg, one in zip(legs, found, strict=True)
            ]

        def find(legs: Sequence[LegQuery]) -> list[list[Hit]]:
            first = fetch([replace(leg, limit=leg.limit + 1) for leg in legs])  # one call, as wide as `untied` starts
            return [_untied(leg, hits, fetch) for leg, hits in zip(legs, first, strict=True)]

        return answer(query, spec=self._spec, find=find)

    def count(self) -> int:
        """Number of entries."""
        with _explained(self._url):
            return self._client.count(self._name, exact=True).count

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _point(self, entry: Entry) -> Any:
        from qdrant_client import models

        words = self._fulltext.document(entry.text)
        vectors: dict[str, Any] = {}
        if entry.vector is not None:
            vectors[IMAGE_VECTOR] = entry.vector.tolist()
        if entry.wordings is not None and self._spec.wording:
            vectors[WORDING_VECTOR] = entry.wordings.tolist()
        if words.indices:
            vectors[TEXT_VECTOR] = models.SparseVector(indices=list(words.indices), values=list(words.values))
        return models.PointStruct(id=point_id(entry.id), vector=vectors, payload=stored_payload(entry))


def _untied(leg: LegQuery, first: list[Hit], fetch: Callable[[Sequence[LegQuery]], list[list[Hit]]]) -> list[Hit]:
    """Hits of one leg with its ties in order, the first of them at hand."""

    def more(width: int) -> list[Hit]:
        return first if width == leg.limit + 1 else fetch([replace(leg, limit=width)])[0]

    return untied(more, leg.limit)


def _vectors_config(spec: IndexSpec) -> dict[str, Any]:
    from qdrant_client import models

    vectors = {IMAGE_VECTOR: models.VectorParams(size=spec.size, distance=models.Distance.COSINE)}
    if spec.wording:
        best = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
        vectors[WORDING_VECTOR] = models.VectorParams(
            size=spec.wording, distance=models.Distance.COSINE, multivector_config=best
        )
    return vectors


def _request(leg: LegQuery, where: Any) -> Any:
    from qdrant_client import models

    vector: Any = [leg.vector] if leg.name == WORDING else leg.vector
    if isinstance(leg.vector, SparseText):
        vector = models.SparseVector(indices=list(leg.vector.indices), values=list(leg.vector.values))
    return models.QueryRequest(
        query=vector,
        using=VECTOR_OF[leg.name],
        limit=leg.limit,
        filter=where,
        params=models.SearchParams(hnsw_ef=search_width(leg.limit, filtered=where is not None)),
        with_payload=True,
    )


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn what the client raises into one error that says what to do."""
    from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

    try:
        yield
    except UnexpectedResponse as error:
        remedy = f"set {API_KEY_VARIABLE}" if error.status_code in (401, 403) else "see the server's log"
        msg = f"the Qdrant server at {url} answered {error.status_code} {error.reason_phrase}; {remedy}"
        raise IndexStoreError(msg) from error
    except (ApiException, ValueError, OSError) as error:
        msg = f"the Qdrant server at {url} cannot be used ({error}); check the address and that it runs"
        raise IndexStoreError(msg) from error
