"""`LabelledCases`: the cases a classifier learned from, found by their images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from lexiscope.core.case import Case
from lexiscope.core.prediction import Evidence
from lexiscope.tasks.classify.learning_set import LearningSet
from lexiscope.tasks.evidence import EvidenceCases, nearest_rows
from lexiscope.tasks.inputs import Input


@dataclass(frozen=True)
class LabelledCases:
    """Cases with a value of the attribute, as evidence for a prediction.

    Args:
        cases: Where they come from.
        learned: The learning set, of which the cases that classes are fitted on count.
    """

    cases: EvidenceCases
    learned: LearningSet

    @classmethod
    def of(cls, learned: LearningSet) -> "LabelledCases":
        """The cases of a learning set; read once who holds which image file."""
        return cls(EvidenceCases.of(learned.source), learned)

    def nearest(
        self, embedding: Float32[np.ndarray, " d"], given: Input, *, k: int, where: Sequence[str] = ()
    ) -> tuple[Evidence, ...]:
        """The k cases whose images are most alike by cosine in the joint space, of no group the input belongs to.

        Args:
            embedding: Unit vector of the input's images.
            given: The input, for the groups that are left out.
            k: Number of cases at most.
            where: Conditions that the cases satisfy.
        """
        if not k:
            return ()
        cosines, cases = self.learned.fit.embeddings @ embedding, self.learned.fit.cases
        excluded = self.cases.excluded_groups(given)
        rows = nearest_rows(cosines, cases, k=k, excluded_groups=excluded, where=where)
        return tuple(self._evidence(cases[row], float(cosines[row])) for row in rows)

    def _evidence(self, case: Case, cosine: float) -> Evidence:
        label = str(case.attributes[self.learned.target.attribute])
        return self.cases.evidence(case, score=cosine, image_cosine=cosine, label=label)
