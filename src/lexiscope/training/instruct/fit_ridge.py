"""`fit_ridge`: a kernel ridge regression, its kernel chosen by leaving out one group at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from lexiscope.answering.left_out import leave_groups_out
from lexiscope.models.assistant.ridge import Kernel, QuestionFeatures, Ridge

Gain: TypeAlias = Callable[[Float[np.ndarray, "n a"]], float]  # of out-of-fold scores; more is better
_PENALTIES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class RidgeProblem:
    """What is to be foretold of some questions.

    Args:
        asked: Features of the questions.
        targets: A row for each question, a column for each class.
        groups: Group of each question, left out together.
    """

    asked: QuestionFeatures
    targets: Float[np.ndarray, "n a"]
    groups: np.ndarray

    @cached_property
    def base(self) -> Float[np.ndarray, " a"]:
        """Mean of each class."""
        return self.targets.mean(axis=0)

    def left_out(self, inverse: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n a"]:
        """Scores of each group from the others, for the inverse of kernel and penalty."""
        return leave_groups_out(inverse, inverse @ (self.targets - self.base), self.targets, self.groups)


def choose_kernel(problem: RidgeProblem, kernels: Iterable[Kernel], *, gain: Gain) -> tuple[Kernel, float]:
    """Kernel and penalty that foretell each group best from the other groups."""
    tried = [(found, kernel, penalty) for kernel in kernels for penalty, found in _gains(kernel, problem, gain)]
    _, kernel, penalty = max(tried, key=lambda one: one[0])
    return kernel, penalty


def fit_ridge(
    problem: RidgeProblem, kernel: Kernel, penalty: float, *, answers: tuple[str, ...]
) -> tuple[Ridge, Float[np.ndarray, "n a"]]:
    """The regression, and its out-of-fold scores.

    Args:
        problem: Questions to learn from.
        kernel: Similarity of two questions.
        penalty: Ridge penalty.
        answers: Names of the classes.
    """
    gram = kernel(problem.asked, problem.asked)
    gram[np.diag_indices_from(gram)] += penalty
    inverse = np.linalg.inv(gram)
    coefficients = inverse @ (problem.targets - problem.base)
    ridge = Ridge(kernel, problem.asked, answers, coefficients.astype(np.float32), problem.base.astype(np.float32))
    return ridge, problem.left_out(inverse)


def _gains(kernel: Kernel, problem: RidgeProblem, gain: Gain) -> list[tuple[float, float]]:
    """Each penalty with the quality of its out-of-fold scores."""
    values, vectors = np.linalg.eigh(kernel(problem.asked, problem.asked))
    return [(penalty, gain(problem.left_out((vectors / (values + penalty)) @ vectors.T))) for penalty in _PENALTIES]
