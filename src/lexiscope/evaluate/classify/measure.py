"""`ClassifyMeasure`: class probabilities of the measured cases to metrics with chance and interval."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.evaluate.measure import Measure
from lexiscope.evaluate.metrics.classification import (
    auc,
    balanced_accuracy,
    calibration_error,
    sampled_calibration_error,
)
from lexiscope.evaluate.statistics import Estimate

Draws = Sequence[Float[np.ndarray, "n k"]]


@dataclass(frozen=True, slots=True)
class ClassifyMeasure:
    """Metrics of the same cases, resampled alike. Several draws, one for each seed, are scored alone and averaged.

    Args:
        labels: Right class of each case.
        groups: Patient, paper or specimen of each case.
        seed: Seed of the bootstrap and of chance levels that are found by shuffling.
        resamples: Number of resamples.
    """

    labels: Int64[np.ndarray, " n"]
    groups: Sequence[str]
    seed: int
    resamples: int

    def accuracy(self, draws: Draws, *, parts: Mapping[str, Any] | None = None) -> Estimate:
        """Balanced accuracy; its chance level is one over the number of classes that occur.

        Args:
            draws: Class probabilities of the cases, once for each seed.
            parts: Values that are kept beside the number.
        """
        found = self.estimate(balanced_accuracy, draws, chance=1 / len(np.unique(self.labels)))
        return replace(found, parts=parts or {})

    def classifier(self, draws: Draws, *, name: str = "", accuracy: str) -> dict[str, Estimate]:
        """Balanced accuracy, area under the ROC curve and calibration error.

        Args:
            draws: Class probabilities of the cases, once for each seed.
            name: Put before "auc" and "ece", such as "evidential_".
            accuracy: Name of the balanced accuracy.
        """
        by_chance = float(np.mean([sampled_calibration_error(draw, self.labels, seed=self.seed) for draw in draws]))
        return {
            accuracy: self.accuracy(draws),
            f"{name}auc": self.estimate(auc, draws, chance=0.5),
            f"{name}ece": self.estimate(calibration_error, draws, chance=by_chance),
        }

    def gain(self, draws: Draws, over: Draws) -> Estimate:
        """Balanced accuracy of the first less that of the second on the same cases; its chance level is 0."""

        def difference(both: np.ndarray, labels: np.ndarray) -> float:
            first, second = np.split(both, 2, axis=1)
            return balanced_accuracy(first, labels) - balanced_accuracy(second, labels)

        pairs = [np.concatenate([a, b], axis=1) for a, b in zip(draws, over, strict=True)]
        return self.estimate(difference, pairs, chance=0.0)

    def mistakes_seen(self, draws: Draws, uncertainty: Sequence[Float[np.ndarray, " n"]]) -> Estimate:
        """Area under the ROC curve of uncertainty that tells wrong answers from right ones; 0.5 without both."""

        def area(rows: np.ndarray, labels: np.ndarray) -> float:
            probabilities, unsure = rows[:, :-1], rows[:, -1]
            wrong = (probabilities.argmax(axis=1) != labels).astype(np.int64)
            return auc(np.stack([-unsure, unsure], axis=1), wrong)

        pairs = [np.column_stack([draw, unsure]) for draw, unsure in zip(draws, uncertainty, strict=True)]
        return self.estimate(area, pairs, chance=0.5)

    def estimate(self, metric: Callable[[np.ndarray, np.ndarray], float], draws: Draws, *, chance: float) -> Estimate:
        """Mean over the draws of `metric(rows, labels)`, with its 95 % interval over groups."""

        def statistic(rows: np.ndarray) -> float:
            return float(np.mean([metric(draw[rows], self.labels[rows]) for draw in draws]))

        return Measure(self.groups, self.seed, self.resamples).of(statistic, chance=chance)
