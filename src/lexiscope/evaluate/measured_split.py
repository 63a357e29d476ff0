"""`MeasuredSplit`: the cases that a number is about, after the leakage gate."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.corpus.wording import normalise
from lexiscope.evaluate.gate import leakage_gate
from lexiscope.models.directory import ModelDirectory


@dataclass(frozen=True)
class MeasuredSplit:
    """One split of a corpus, less what the model nearly knows. Use `MeasuredSplit.of`.

    Args:
        corpus: The corpus that is measured.
        split: Name of the split.
        audit: Findings of the gate, to be printed beside the numbers.
        accept_leak: Reason for which a leak is acceptable, whether there is one or not: further models that an
            evaluation compares with pass the gate with it too.
    """

    corpus: Corpus
    split: str
    audit: dict[str, Any]
    accept_leak: str | None = None

    @classmethod
    def of(
        cls,
        model: ModelDirectory,
        corpus: Corpus,
        split: str,
        *,
        accept_leak: str | None = None,
        near_spared: float = 0.0,
        learned_from: CorpusPart | None = None,
    ) -> "MeasuredSplit":
        """Pass the gate; see `leakage_gate` for what it refuses.

        Args:
            model: The model, whose record says what it learned from.
            corpus: The corpus that is measured.
            split: Name of the split that is measured.
            accept_leak: Reason for which a leak is acceptable.
            near_spared: Share of the cases that may be near-duplicates of what was learned from, and are left out.
            learned_from: Corpus part that was learned from besides what towers and joint space learned from.
        """
        audit = leakage_gate(
            model,
            corpus,
            split=split,
            accept_leak=accept_leak,
            near_spared=near_spared,
            learned_from=None if learned_from is None else learned_from.to_dict(),
        )
        return cls(corpus, split, audit, accept_leak)

    def cases(self) -> Iterator[Case]:
        """Cases of the split, without near-duplicates of what was learned from."""
        spared = set(self.audit.get("left_out_cases", ()))
        return (case for case in self.corpus.cases(self.split) if case.id not in spared)

    @property
    def known_texts(self) -> frozenset[str]:
        """Normalised words of the texts that training also has."""
        return frozenset(normalise(text) for text in self.audit.get("left_out", ()))
