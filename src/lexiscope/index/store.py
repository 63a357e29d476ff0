"""Interface of vector stores, and the nouns that go in and come out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float32

from lexiscope.core.errors import UsageError
from lexiscope.index.filter import Filter
from lexiscope.index.legs import LEGS, LegWeights


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """Settings of a collection that a store needs before its first entry.

    Args:
        size: Numbers in one vector.
        average_length: Words of an average text once stop words are gone, the `avgdl` of BM25.
        fields: Payload field -> "word" or "number": the fields that get an index of their own, for fast filters.
        wording: Numbers in one vector of what is written; 0 in an index without them, as made by earlier versions.
    """

    size: int
    average_length: float
    fields: Mapping[str, str] = field(default_factory=dict)
    wording: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One case on its way into an index.

    Args:
        id: Id of the case.
        vector: Unit vector of its images in the joint space, (d,); None without images.
        text: Everything written about it, for full text; empty without text.
        payload: Fields that filters and hits need: JSON types, no bools (see `filter.plain_values`).
        wordings: Unit vectors of what is written, one a passage, (n, w); the best of them counts. None without any.
        described: Something was written about the case; False where its vectors come from attributes alone.
    """

    id: str
    vector: Float32[np.ndarray, " d"] | None
    text: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    wordings: Float32[np.ndarray, "n w"] | None = None
    described: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """Query of an index: vectors, words, or all of them.

    Args:
        vector: Vector that the images should resemble, (d,).
        words: Words that the text should contain.
        k: Largest number of hits.
        where: Only entries that satisfy it.
        text_weight: Share of the exact words in place of their learned weight: 0 is without them, 1 is them alone.
        wording: Vector that something written should resemble, (w,); not looked for in an index without such vectors.
        weights: Weights of the legs.

    Raises:
        UsageError: nothing to look for, k < 1 or a weight outside 0 to 1.
    """

    vector: Float32[np.ndarray, " d"] | None = None
    words: str | None = None
    k: int = 10
    where: Filter | None = None
    text_weight: float | None = None
    wording: Float32[np.ndarray, " w"] | None = None
    weights: LegWeights = field(default_factory=LegWeights)

    def __post_init__(self) -> None:
        if self.vector is None and self.words is None and self.wording is None:
            raise UsageError("a search needs a vector, words or both, got neither")
        if self.k < 1:
            raise UsageError(f"k is the number of hits, at least 1, got {self.k}")
        if self.text_weight is not None and not 0 <= self.text_weight <= 1:
            msg = f"text_weight lies between 0 (meaning alone) and 1 (exact words alone), got {self.text_weight}"
            raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Hit:
    """One case that a search found.

    Args:
        id: Id of the case.
        score: Score of the one leg that was asked (a cosine, BM25), else the weighted mean of all (see `fusion`).
        payload: Payload of the entry.
        parts: Scores by name, "cosine", "wording" and "bm25", of the legs that found it.
        legs: Names of the scores of the legs that the case has something for.
    """

    id: str
    score: float
    payload: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)
    legs: frozenset[str] = frozenset(LEGS.values())


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
