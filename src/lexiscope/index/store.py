"""Interface of vector stores, and the nouns that go in and come out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float32

from lexiscope.core.errors import UsageError
from lexiscope.index.filter import Filter


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """Settings of a collection that a store needs before its first entry.

    Args:
        size: Numbers in one vector.
        average_length: Words of an average text once stop words are gone, the `avgdl` of BM25.
        fields: Payload field -> "word" or "number": the fields that get an index of their own, for fast filters.
    """

    size: int
    average_length: float
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One case on its way into an index.

    Args:
        id: Id of the case.
        vector: Unit vector of its images in the joint space, (d,); None without images.
        text: Everything written about it, for full text; empty without text.
        payload: Fields that filters and hits need: JSON types, no bools (see `filter.plain_values`).
    """

    id: str
    vector: Float32[np.ndarray, " d"] | None
    text: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """Query of an index: a vector, words, or both.

    Args:
        vector: Vector that the images should resemble, (d,).
        words: Words that the text should contain.
        k: Largest number of hits.
        where: Only entries that satisfy it.
        text_weight: Share of the words when both are given: 0 is the vector alone, 1 the words alone.

    Raises:
        UsageError: neither vector nor words, k < 1 or a weight outside 0 to 1.
    """

    vector: Float32[np.ndarray, " d"] | None = None
    words: str | None = None
    k: int = 10
    where: Filter | None = None
    text_weight: float = 0.5

    def __post_init__(self) -> None:
        if self.vector is None and self.words is None:
            raise UsageError("a search needs a vector, words or both, got neither")
        if self.k < 1:
            raise UsageError(f"k is the number of hits, at least 1, got {self.k}")
        if not 0 <= self.text_weight <= 1:
            msg = f"text_weight lies between 0 (meaning alone) and 1 (exact words alone), got {self.text_weight}"
            raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Hit:
    """One case that a search found.

    Args:
        id: Id of the case.
        score: Cosine for a search by vector, BM25 for a search by words, 0 to 1 for both (see `fusion`).
        payload: Payload of the entry.
        parts: Scores by name, "cosine" and "bm25", of the searches that found it.
    """

    id: str
    score: float
    payload: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)


class VectorIndex(Protocol):
    """One collection of entries, searched by vector, by words or by both."""

    def upsert(self, entries: Iterable[Entry]) -> None:
        """Add entries; one with a known id replaces the old one. An entry without vector and text is never found."""

    def finish(self) -> None:
        """Build the search graph and make everything durable: from here on the collection may be searched."""

    def search(self, query: Query) -> list[Hit]:
        """The best entries, best first.

        Raises:
            UsageError: the query's vector has another size than the index's.
        """

    def count(self) -> int:
        """Number of entries."""

    def close(self) -> None:
        """Let go of files and connections."""


class Store(Protocol):
    """A place that holds collections by name."""

    def create(self, name: str, spec: IndexSpec) -> VectorIndex:
        """Start an empty collection; what an earlier, killed build left under this name is thrown away."""

    def open(self, name: str, spec: IndexSpec) -> VectorIndex:
        """Open a finished collection.

        Raises:
            IndexStoreError: it is not there or cannot be read.
        """

    def sweep(self, *, keep: str) -> None:
        """Throw away the collections that an older build left behind, where nobody else can be searching them."""
