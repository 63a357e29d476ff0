"""`ClassifyMeasure`: class probabilities of the measured cases to metrics with chance and interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.evaluate.metrics.classification import (
    auc,
    balanced_accuracy,
    calibration_error,
    sampled_calibration_error,
)
from lexiscope.evaluate.statistics import bootstrap_by_group

Metrics = dict[str, dict[str, float | None]]
Draws = Sequence[Float[np.ndarray, "n k"]]


@dataclass(frozen=True, slots=True)
class ClassifyMeasure:
    """Metrics of the same cases, resampled alike. Several draws, one for each seed, are scored alone and averaged.

    Args:
        labels: The right class of each case.
        groups: The patient, paper or specimen of each.
        seed: Of the bootstrap and of chance levels that are found by shuffling.
    """

    labels: Int64[np.ndarray, " n"]
    groups: Sequence[str]
    seed: int
    resamples: int

    def accuracy(self, draws: Draws) -> dict[str, float | None]:
        """Balanced accuracy; chance is one over the number of classes that occur."""
        return self.estimate(balanced_accuracy, draws, chance=1 / len(np.unique(self.labels)))

    def classifier(self, draws: Draws, *, name: str = "", accuracy: str) -> Metrics:
        """Balanced accuracy, under the name `accuracy`, area under the ROC curve and calibration error.

        Args:
            name: Before "auc" and "ece", such as "evidential_".
        """
        by_luck = float(np.mean([sampled_calibration_error(chances, self.labels, seed=self.seed) for chances in draws]))
        return {
            accuracy: self.accuracy(draws),
            f"{name}auc": self.estimate(auc, draws, chance=0.5),
            f"{name}ece": self.estimate(calibration_error, draws, chance=by_luck),
        }

    def gain(self, draws: Draws, over: Draws) -> dict[str, float | None]:
        """How much more balanced accuracy the first has than the second on the same cases; chance is none."""

        def difference(both: np.ndarray, labels: np.ndarray) -> float:
            first, second = np.split(both, 2, axis=1)
            return balanced_accuracy(first, labels) - balanced_accuracy(second, labels)

        pairs = [np.concatenate([a, b], axis=1) for a, b in zip(draws, over, strict=True)]
        return self.estimate(difference, pairs, chance=0.0)

    def mistakes_seen(self, draws: Draws, uncertainty: Sequence[Float[np.ndarray, " n"]]) -> dict[str, float | None]:
        """How well uncertainty tells wrong answers from right ones: the area under its ROC curve; 0.5 without both."""

        def area(rows: np.ndarray, labels: np.ndarray) -> float:
            chances, unsure = rows[:, :-1], rows[:, -1]
            wrong = (chances.argmax(axis=1) != labels).astype(np.int64)
            return auc(np.stack([-unsure, unsure], axis=1), wrong)

        pairs = [np.column_stack([chances, unsure]) for chances, unsure in zip(draws, uncertainty, strict=True)]
        return self.estimate(area, pairs, chance=0.5)

    def estimate(
        self, metric: Callable[[np.ndarray, np.ndarray], float], draws: Draws, *, chance: float
    ) -> dict[str, float | None]:
        """Mean over the draws of `metric(rows, labels)`, with its 95 % interval over groups."""

        def statistic(rows: np.ndarray) -> float:
            return float(np.mean([metric(draw[rows], self.labels[rows]) for draw in draws]))

        rows = np.arange(len(self.labels))
        found = bootstrap_by_group(
            rows, self.groups, chance=chance, statistic=statistic, seed=self.seed, resamples=self.resamples
        )
        return found.to_dict()
