"""`MeasuredSplit`: the cases that a number is about, after the leakage gate."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.evaluate.gate import NEAR_SPARED, leakage_gate
from lexiscope.models.directory import ModelDirectory


@dataclass(frozen=True)
class MeasuredSplit:
    """One split of a corpus, less what the model nearly knows. Use `MeasuredSplit.of`.

    Args:
        audit: What the gate found, to be printed beside the numbers.
    """

    corpus: Corpus
    split: str
    audit: dict[str, Any]

    @classmethod
    def of(
        cls,
        model: ModelDirectory,
        corpus: Corpus,
        split: str,
        *,
        accept_leak: str | None,
        learned_from: CorpusPart | None = None,
    ) -> "MeasuredSplit":
        """Pass the gate; see `leakage_gate` for what it refuses.

        Args:
            accept_leak: Why a leak is acceptable.
            learned_from: What was learned from besides what the model's towers and joint space were.
        """
        audit = leakage_gate(
            model,
            corpus,
            split=split,
            accept_leak=accept_leak,
            near_spared=NEAR_SPARED,
            learned_from=None if learned_from is None else learned_from.to_dict(),
        )
        return cls(corpus, split, audit)

    def cases(self) -> Iterator[Case]:
        """Without near-duplicates of what was learned from."""
        spared = set(self.audit.get("left_out_cases", ()))
        return (case for case in self.corpus.cases(self.split) if case.id not in spared)
