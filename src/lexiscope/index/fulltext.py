"""Full text: passages and queries as sparse BM25 vectors."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lexiscope.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class SparseText:
    """A text as its distinct words: a stable 32-bit hash (MurmurHash3) and a weight each; both empty without words."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class FullText:
    """Turns text into BM25 vectors; the store adds the inverse document frequency when it searches.

    A document's word of frequency f weighs f·(k+1) / (f + k·(1 - b + b·length/average_length)), k = 1.2, b = 0.75
    (Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019); a query's words weigh 1. The store multiplies by
    ln(1 + (N - n + ½) / (n + ½)), n of N documents having the word. Words are lower-cased, English stop words dropped
    and English endings removed (Snowball); words of other languages and scripts stay as they are. This is Qdrant's own
    tokenizer, so the embedded store and a server give the same scores.

    Args:
        average_length: Words of an average document, from `average_length`.
    """

    average_length: float

    def __post_init__(self) -> None:
        if not self.average_length > 0:
            raise UsageError(f"average_length is a number of words above 0, got {self.average_length}")

    def document(self, text: str) -> SparseText:
        """Term weights of a text that is searched in."""
        return _sparse(self._model.embed_document(text))

    def query(self, text: str) -> SparseText:
        """Term weights of words that are searched for.

        Example:
            >>> text = FullText(average_length=3.0)
            >>> set(text.query("pores").indices) <= set(text.document("two round pores").indices)
            True
        """
        return _sparse(self._model.embed_query(text))

    @cached_property
    def _model(self) -> Any:
        from qdrant_edge import Bm25, Bm25Config

        return Bm25(Bm25Config(avg_len=self.average_length))


def average_length(texts: Iterable[str]) -> float:
    """Words of an average text, stop words and empty texts left out; 1 when there is no word at all.

    Example:
        >>> average_length(["two round pores", "the crack", ""])
        2.0
    """
    from qdrant_edge import Bm25, Bm25Config

    # With b = 0 and a huge k, BM25's saturation is gone and a word's weight is its plain frequency.
    counter = Bm25(Bm25Config(k=1e6, b=0.0))
    lengths = [length for text in texts if (length := round(sum(counter.embed_document(text).values)))]
    return sum(lengths) / len(lengths) if lengths else 1.0


def _sparse(vector: Any) -> SparseText:
    return SparseText(tuple(vector.indices), tuple(vector.values))
