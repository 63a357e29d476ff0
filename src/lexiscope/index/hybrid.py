"""One query to the legs that it needs, their rankings fused. The same for every store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from lexiscope.core.errors import UsageError
from lexiscope.index.fulltext import FullText, SparseText
from lexiscope.index.fusion import by_rank, fuse
from lexiscope.index.legs import BM25, COSINE, WORDING
from lexiscope.index.store import Entry, Hit, IndexSpec, Query

_DEPTH = 50  # hits of each leg that are fused; a thousandth of a score is decided far above the fiftieth
_LEGS = "legs"


@dataclass(frozen=True, slots=True)
class LegQuery:
    """Query of one leg.

    Args:
        name: Name of the leg's score: `COSINE`, `WORDING` or `BM25`.
        vector: Vector, or the weights of its words.
        limit: Number of hits at most.
    """

    name: str
    vector: list[float] | SparseText
    limit: int


Find: TypeAlias = Callable[[Sequence[LegQuery]], list[list[Hit]]]


def answer(query: Query, *, spec: IndexSpec, find: Find) -> list[Hit]:
    """Ask a store for the legs that the query needs, and fuse what they find.

    Args:
        find: Legs -> hits of each with the part of its name, best first.

    Raises:
        UsageError: a vector of the query has another size than the index's.
    """
    _require_sizes(query, spec)
    names = _names(query, spec)
    depth = query.k if len(names) == 1 else max(_DEPTH, query.k)
    legs = [leg for name in names if (leg := _leg(query, name, spec, depth)) is not None]
    rankings = {leg.name: hits for leg, hits in zip(legs, find(legs) if legs else [], strict=True)}
    if len(names) == 1:
        return sorted((hit for hits in rankings.values() for hit in hits), key=by_rank)
    weights = query.weights.by_score(wording=bool(spec.wording), text_weight=query.text_weight)
    return fuse(rankings, weights=weights, depth=depth, k=query.k)


def stored_payload(entry: Entry) -> dict[str, Any]:
    """Payload of an entry as it is stored: its case, and the legs that can find it, beside it.

    Example:
        >>> stored_payload(Entry("a", None, "two pores", {"split": "test"}))
        {'split': 'test', 'case': 'a', 'legs': ['bm25']}
    """
    has = {
        COSINE: entry.vector is not None,
        WORDING: entry.wordings is not None and entry.described,
        BM25: bool(entry.text),
    }
    return {**entry.payload, "case": entry.id, _LEGS: [name for name, here in has.items() if here]}


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as a store gives it back, without its vectors.

    Args:
        case: Id of its case.
        payload: Its payload as it was given.
        legs: Names of the scores of the legs that can find it.
    """

    case: str
    payload: Mapping[str, Any]
    legs: frozenset[str]

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Self:
        """Read a stored payload.

        Example:
            >>> StoredEntry.of({"case": "a", "legs": ["bm25"]}).hit(4.2, "bm25").legs
            frozenset({'bm25'})
        """
        legs = payload.pop(_LEGS, None)
        if legs is None:  # an index made before cases said what they have
            legs = [*([COSINE] if "image" in payload else []), *([BM25] if "text" in payload else [])]
        return cls(payload["case"], payload, frozenset(legs))

    def hit(self, score: float, name: str) -> Hit:
        """The entry as the hit of one leg."""
        return Hit(self.case, score, self.payload, {name: score}, self.legs)


def _require_sizes(query: Query, spec: IndexSpec) -> None:
    wording = query.wording if spec.wording else None
    for vector, size in ((query.vector, spec.size), (wording, spec.wording)):
        if vector is not None and vector.shape != (size,):
            msg = f"the index holds vectors of {size} numbers, got shape {vector.shape}; embed with its own model"
            raise UsageError(msg)


def _names(query: Query, spec: IndexSpec) -> list[str]:
    """Names of the legs that the query gives something to, less those that `text_weight` shuts out."""
    meaning = [COSINE] * (query.vector is not None) + [WORDING] * (query.wording is not None and spec.wording > 0)
    words = [BM25] * (query.words is not None)
    if query.text_weight == 1 and words:
        return words
    return meaning if query.text_weight == 0 and meaning else [*meaning, *words]


def _leg(query: Query, name: str, spec: IndexSpec, limit: int) -> LegQuery | None:
    """The query of one leg; None for words of which none counts."""
    if name == BM25:
        words = FullText(spec.average_length).query(query.words or "")
        return LegQuery(name, words, limit) if words.indices else None
    vector = query.vector if name == COSINE else query.wording
    assert vector is not None
    return LegQuery(name, vector.tolist(), limit)
