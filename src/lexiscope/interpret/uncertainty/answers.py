"""`Answers`: what a subject says of cases, how sure it is, and how wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.interpret.coalitions import coalition_outcomes
from lexiscope.interpret.subject import Cases, Outcome, Subject


@dataclass(frozen=True)
class Answers:
    """Answers of a subject to n cases under one condition.

    Args:
        risk: Loss of each: 1 where it is wrong; of models whose answers are not right or wrong one less the score.
        confidence: How sure the subject is of each.
        probabilities: Over the classes; None of models without classes.
    """

    risk: Float[np.ndarray, " n"]
    confidence: Float[np.ndarray, " n"]
    probabilities: Float[np.ndarray, "n k"] | None = None

    def take(self, rows: Int64[np.ndarray, " m"]) -> "Answers":
        """Those of some cases."""
        chances = None if self.probabilities is None else self.probabilities[rows]
        return Answers(self.risk[rows], self.confidence[rows], chances)


def read_answers(
    subject: Subject,
    cases: Cases[Any],
    kept: Sequence[frozenset[str]] | None = None,
    *,
    progress: Progress | None = None,
) -> list[Answers]:
    """Answers with some inputs missing, one for each set of inputs that are kept.

    Args:
        subject: Subject to ask.
        cases: Cases that it is asked about.
        kept: Sets of inputs; all of them once when None.
        progress: Called with the cases done.

    Raises:
        UsageError: no cases, or a subject that never says how sure it is.
    """
    sets = [frozenset(subject.inputs)] if kept is None else list(kept)
    read = coalition_outcomes(subject, cases, sets, removal="missing", seed=0, draws=1, progress=progress)
    batches = [batch[0] for batch in read]
    return [_joined(subject, cases, [batch[number] for batch in batches]) for number in range(len(sets))]


def _joined(subject: Subject, cases: Cases[Any], parts: Sequence[Outcome]) -> Answers:
    if parts[0].probabilities is not None and cases.truth is not None:
        p = np.concatenate([np.asarray(part.probabilities, dtype=float) for part in parts])
        return Answers((p.argmax(axis=1) != cases.truth).astype(float), p.max(axis=1), p)
    if parts[0].confidence is None:
        msg = f"expected probabilities of classes or a confidence of every answer, got neither from {subject.name}"
        raise UsageError(f"{msg}; let its Outcome hold one of them")
    good = [part.score if part.correct is None else part.correct for part in parts]
    risk = 1.0 - np.concatenate([np.asarray(one, dtype=float) for one in good])
    return Answers(risk, np.concatenate([np.asarray(part.confidence, dtype=float) for part in parts]))
