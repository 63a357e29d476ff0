"""`ConformalClasses`: which values a case may have, and whether to answer at all, with a guarantee by group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.models.conformal import abstention_threshold, conformal_threshold, lac_scores, of_truth
from lexiscope.tasks.classify.learning_set import LabelledFeatures

COVERAGE, RISK = 0.9, 0.1


@dataclass(frozen=True, slots=True)
class ConformalClasses:
    """Thresholds that were calibrated on cases of the split "val".

    On average over such splits and over cases of new groups that are like them, the true value is among those that are
    let in with probability 0.9 at least, and at most a tenth of all cases is answered and wrong. The temperature was
    fitted on the same cases, a single number, which bends the guarantee by little.

    Args:
        let_in: One less the probability that a value needs, at most.
        above: Probability of the label above which it is given.
        groups: Number of groups that were held out.
    """

    let_in: float
    above: float
    groups: int

    @classmethod
    def of(cls, probabilities: Float[np.ndarray, "n k"], held_out: LabelledFeatures) -> "ConformalClasses":
        """Calibrated on held-out cases.

        Args:
            probabilities: Of the classes of each held-out case.
            held_out: The cases.
        """
        wrong = (probabilities.argmax(axis=1) != held_out.labels).astype(float)
        return cls(
            conformal_threshold(
                of_truth(lac_scores(probabilities), held_out.labels), held_out.groups, coverage=COVERAGE
            ),
            abstention_threshold(probabilities.max(axis=1), wrong, held_out.groups, risk=RISK),
            len(set(held_out.groups)),
        )

    def of_case(self, probabilities: Mapping[str, float]) -> dict[str, Any]:
        """Values that one case may have, and whether its label is held back; JSON types.

        Args:
            probabilities: Value -> its probability.
        """
        return {
            "labels": [value for value, p in probabilities.items() if 1 - p <= self.let_in],
            "coverage": COVERAGE,
            "held_back": max(probabilities.values()) <= self.above,
            "risk": RISK,
            "groups": self.groups,
        }
