"""`CorpusPart`: a corpus and one of its splits: what is learned from, what is measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lexiscope.core.case import Case
from lexiscope.corpus.store import Corpus


@dataclass(frozen=True, slots=True)
class CorpusPart:
    """One split of a corpus, or all of it.

    Args:
        corpus: Corpus that holds the cases.
        split: Name of the split; None is every case, whatever its split.
    """

    corpus: Corpus
    split: str | None

    @classmethod
    def to_learn_from(cls, corpus: Corpus) -> "CorpusPart":
        """The split "train", or everything where the corpus has no splits."""
        has_splits = any(row["split"] for row in corpus.rows(columns=["split"]))
        return cls(corpus, "train" if has_splits else None)

    @property
    def held_out(self) -> "CorpusPart | None":
        """The split "val" of the same corpus, to choose and calibrate on; None where all of it is learned from."""
        return None if self.split is None else CorpusPart(self.corpus, "val")

    @property
    def where(self) -> str:
        """For messages: which cases are meant."""
        return str(self.corpus.path) if self.split is None else f"the split {self.split!r} of {self.corpus.path}"

    def cases(self) -> Iterator[Case]:
        """Cases of the part, in the order of the corpus."""
        return self.corpus.cases(self.split)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, as a model's record holds them under "trained_on"."""
        return {"path": str(self.corpus.path.resolve()), "version": self.corpus.version, "split": self.split}
