"""`Table`: what a model says of cases with inputs taken away in one way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.progress import Progress
from lexiscope.interpret.coalitions import MOST_INPUTS, coalition_outcomes, subsets
from lexiscope.interpret.contribution.sampled import sampled_coalitions, sampled_shapley_values
from lexiscope.interpret.contribution.shapley import shapley_values
from lexiscope.interpret.subject import Cases, Outcome, Removal, Subject


@dataclass(frozen=True)
class Table:
    """What a model says of n cases, a column for each coalition of inputs; means over donors where those are drawn.

    Args:
        inputs: All inputs.
        kept: Inputs that each column keeps.
        score: Scores of the subject.
        correct: 1 where the answer is right, such as where the likeliest class is the true one, else 0; None where none
            is right or wrong.
        said: Probability of the class that the model says with all inputs; None without probabilities.
        seed: Seed that the coalitions were sampled with, where there are too many of them.
    """

    inputs: tuple[str, ...]
    kept: Sequence[frozenset[str]]
    score: Float[np.ndarray, "n s"]
    correct: Float[np.ndarray, "n s"] | None
    said: Float[np.ndarray, "n s"] | None
    seed: int = 0

    @property
    def nothing(self) -> int:
        """Column that keeps no input."""
        return self.kept.index(frozenset())

    @property
    def everything(self) -> int:
        """Column that keeps all inputs."""
        return self.kept.index(frozenset(self.inputs))

    @property
    def alone(self) -> list[int]:
        """Columns that keep one input, in the order of the inputs."""
        return [self.kept.index(frozenset({name})) for name in self.inputs]

    @property
    def without(self) -> list[int]:
        """Columns that keep all inputs but one, in the order of the inputs."""
        return [self.kept.index(frozenset(self.inputs) - {name}) for name in self.inputs]

    def shapley(self, values: Float[np.ndarray, "n s"]) -> Float[np.ndarray, "n m"]:
        """Shapley values of one of its tables: exact up to ten inputs, sampled beyond."""
        if len(self.inputs) <= MOST_INPUTS:
            return shapley_values(values)
        return sampled_shapley_values(values, self.kept, self.inputs, seed=self.seed)


def coalition_table(
    subject: Subject,
    cases: Cases[Any],
    *,
    removal: Removal = "missing",
    seed: int = 0,
    draws: int = 4,
    progress: Progress | None = None,
) -> Table:
    """Ask about every coalition of up to ten inputs, or about a sample of those of more.

    Raises:
        UsageError: no cases, "marginal" with a single case, or more than ten inputs without shapiq.
    """
    inputs = subject.inputs
    kept = subsets(inputs) if len(inputs) <= MOST_INPUTS else sampled_coalitions(inputs, seed=seed)
    full = kept.index(frozenset(inputs))
    parts, start = [], 0
    for drawn in coalition_outcomes(subject, cases, kept, removal=removal, seed=seed, draws=draws, progress=progress):
        rows = range(start, start + len(drawn[0][0].score))
        parts.append(_read(drawn, cases.take(rows), full=full))
        start = rows.stop
    score, correct, said = zip(*parts, strict=True)
    return Table(inputs, kept, np.concatenate(score), _joined(correct), _joined(said), seed)


_Part = tuple[Float[np.ndarray, "b s"], Float[np.ndarray, "b s"] | None, Float[np.ndarray, "b s"] | None]


def _read(drawn: list[list[Outcome]], cases: Cases[Any], *, full: int) -> _Part:
    """Scores, which are right, and the probability of what is said, of one batch; means over draws."""
    score = np.mean([[outcome.score for outcome in draw] for draw in drawn], axis=0).T
    if drawn[0][full].probabilities is None:
        return score, _right(drawn), None
    probabilities = np.stack([np.stack([outcome.probabilities for outcome in draw]) for draw in drawn])  # (d, s, b, k)
    rows = np.arange(len(cases))
    said = probabilities[:, :, rows, probabilities[0, full].argmax(axis=1)].mean(axis=0).T
    if cases.truth is None:
        return score, None, said
    correct = (probabilities.argmax(axis=3) == cases.truth).mean(axis=0).T
    return score, correct, said


def _right(drawn: list[list[Outcome]]) -> Float[np.ndarray, "b s"] | None:
    """Which answers are right where the model itself says it, means over draws."""
    known = [[outcome.correct for outcome in draw if outcome.correct is not None] for draw in drawn]
    return np.mean(known, axis=0).T if known[0] else None


def _joined(parts: Sequence[Float[np.ndarray, "b s"] | None]) -> Float[np.ndarray, "n s"] | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None
