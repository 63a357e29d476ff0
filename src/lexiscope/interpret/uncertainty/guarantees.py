"""Conformal sets and abstention, calibrated on held-out groups and checked on others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.subject import Cases
from lexiscope.interpret.uncertainty.answers import Answers
from lexiscope.interpret.uncertainty.confidence import Measured
from lexiscope.models.conformal import (
    abstention_threshold,
    aps_scores,
    conformal_threshold,
    group_weights,
    lac_scores,
    of_truth,
)

COVERAGE, RISK = 0.9, 0.1
_HOLDS, _LETS_THROUGH = ": share that holds the truth", "abstaining: risk over all cases"


@dataclass(frozen=True)
class Guarantees:
    """Thresholds that were calibrated on held-out cases.

    Args:
        sets: Kind of prediction set ("LAC", "APS") -> strangeness that is let in; empty of models without classes.
        above: Confidence above which an answer is given.
        promises: Whether any held-out answer is surer than that.
        groups: Number of held-out groups.
        seed: Seed of the random shares of APS.
    """

    sets: dict[str, float]
    above: float
    promises: bool
    groups: int
    seed: int

    @classmethod
    def of(cls, answers: Answers, cases: Cases[Any], *, seed: int) -> "Guarantees":
        """Calibrated on answers to held-out cases."""
        sets = {}
        if answers.probabilities is not None and cases.truth is not None:
            sets = {
                kind: conformal_threshold(of_truth(scores, cases.truth), cases.groups, coverage=COVERAGE)
                for kind, scores in _scores(answers.probabilities, seed=seed).items()
            }
        above = abstention_threshold(answers.confidence, answers.risk, cases.groups, risk=RISK)
        return cls(sets, above, bool((answers.confidence > above).any()), len(set(cases.groups)), seed)

    def estimates(self, measured: Measured) -> dict[str, Estimate]:
        """What the promises come to on other cases, every group weighing the same, as they promise by group."""
        weights, answers = group_weights(measured.groups), measured.answers

        def mean(values: Float[np.ndarray, " n"], chance: float | None) -> Estimate:
            return measured.estimate(lambda rows: float(np.average(values[rows], weights=weights[rows])), chance=chance)

        made = {}
        if answers.probabilities is not None and measured.truth is not None:
            for kind, scores in _scores(answers.probabilities, seed=self.seed + 1).items():
                let_in = scores <= self.sets[kind]
                made[f"{kind} sets{_HOLDS}"] = mean(of_truth(let_in, measured.truth).astype(float), COVERAGE)
                made[f"{kind} sets: number of classes"] = mean(
                    let_in.sum(axis=1).astype(float), float(answers.probabilities.shape[1])
                )
        given = answers.confidence > self.above
        made["abstaining: share that is answered"] = mean(given.astype(float), None)
        made[_LETS_THROUGH] = mean(given * answers.risk, RISK)
        return made

    def findings(self, estimates: dict[str, Estimate]) -> list[str]:
        """Where the intervals speak against a promise, or none can be made."""
        unlike = "these cases are not like those it was calibrated on."
        found = []
        for name, estimate in estimates.items():
            value, promised = estimate.value, estimate.chance
            if value is None or promised is None or estimate.low is None or estimate.high is None:
                continue
            if name.endswith(_HOLDS) and estimate.high < promised:
                kind = name.removesuffix(_HOLDS)
                found.append(f"{kind} hold the truth of {number(value)}, not of {promised} as promised: {unlike}")
            if name == _LETS_THROUGH and estimate.low > promised:
                found.append(f"Abstaining lets through a risk of {number(value)}, not {promised} as promised: {unlike}")
        if not self.promises:
            reason = f"{self.groups} held-out groups show too little, or it is wrong where it is surest"
            found.append(f"No answer can be promised a risk of at most {RISK}: {reason}.")
        return found


def _scores(probabilities: Float[np.ndarray, "n k"], *, seed: int) -> dict[str, Float[np.ndarray, "n k"]]:
    return {"LAC": lac_scores(probabilities), "APS": aps_scores(probabilities, seed=seed)}
