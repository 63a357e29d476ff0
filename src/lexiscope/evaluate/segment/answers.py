"""`SegmentAnswers`: everything that was measured, case by case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int64

from lexiscope.evaluate.metrics.segmentation import MaskScores
from lexiscope.evaluate.segment.cost import CaseCost

Run: TypeAlias = tuple[str, str]
"""What was run: its kind (a baseline, a subset of modalities, a kind of sentence, ...) and which of the kind."""
Dsc: TypeAlias = dict[str, Float[np.ndarray, " n"]]
"""Structure -> DSC of each case, NaN where it has no score."""

MODEL: Run = ("model", "")
OTHER_SENTENCE: Run = ("baseline", "other_sentence")
OTHER_MODEL: Run = ("baseline", "other_model")
SUBSET, SENTENCE, WRONG, UNSEEN = "subset", "sentence", "wrong", "unseen"


@dataclass(frozen=True)
class SegmentAnswers:
    """Results of each case, in the order of the cases. A structure that a case lacks has no score in it.

    Args:
        cases: Number of cases.
        scores: Structure -> scores of the model.
        everything: Structure -> scores of painting everything, the chance level.
        dsc: Run -> structure -> DSC of each case.
        counts: Structure -> `(n, 3)`: voxels of each case that are both found and true, found, and true; of every case
            that was searched for it, in which it may be absent.
        absent: Kind -> for each case the shares of the image that were painted, one a sentence.
        costs: Cost of each case, of the model's own run.
    """

    cases: int
    scores: dict[str, list[MaskScores | None]] = field(default_factory=dict)
    everything: dict[str, list[MaskScores | None]] = field(default_factory=dict)
    dsc: dict[Run, Dsc] = field(default_factory=dict)
    counts: dict[str, Int64[np.ndarray, "n 3"]] = field(default_factory=dict)
    absent: dict[str, list[list[float]]] = field(default_factory=dict)
    costs: list[CaseCost] = field(default_factory=list)

    def keep(self, run: Run, structure: str, number: int, values: Sequence[float]) -> None:
        """Note the mean DSC of the sentences that a run asked about a structure of a case.

        Args:
            run: What was run.
            structure: Structure that the masks were compared with.
            number: Place of the case.
            values: DSC of each sentence.
        """
        of_run = self.dsc.setdefault(run, {})
        of_run.setdefault(structure, np.full(self.cases, np.nan))[number] = float(np.mean(values))

    def count(
        self, structure: str, number: int, found: Bool[np.ndarray, "*axes"], true: Bool[np.ndarray, "*axes"]
    ) -> None:
        """Note the voxels of one case; see `counts`."""
        counts = self.counts.setdefault(structure, np.zeros((self.cases, 3), np.int64))
        counts[number] = int((found & true).sum()), int(found.sum()), int(true.sum())

    def of_kind(self, kind: str) -> dict[str, Dsc]:
        """Runs of a kind by their second name."""
        return {name: scores for (of, name), scores in self.dsc.items() if of == kind}
