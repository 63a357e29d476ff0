"""How far a model's confidence can be believed on cases as they are: rows, charts and findings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float, Int64

from lexiscope.core.numbers import number
from lexiscope.evaluate.metrics.classification import brier_score, calibration_error, sampled_calibration_error
from lexiscope.evaluate.statistics import Estimate, bootstrap_by_group
from lexiscope.interpret.charts import Lines
from lexiscope.interpret.uncertainty.answers import Answers
from lexiscope.interpret.uncertainty.risk_coverage import aurc, excess_aurc, fpr_at_95_tpr, selective_risk

BINS = 15
_SHUFFLES = 200
_COVERAGES = np.linspace(0.1, 1.0, 10)
_CHANCE_FPR = 0.95


@dataclass(frozen=True)
class Measured:
    """Answers with the groups that their intervals go by.

    Args:
        answers: Answers to n cases.
        groups: Group of each.
        truth: Their true classes; None of models without classes.
        seed: Seed of resampling and of shuffles.
    """

    answers: Answers
    groups: Sequence[str]
    truth: Int64[np.ndarray, " n"] | None
    seed: int

    def estimate(self, statistic: Callable[[Int64[np.ndarray, " m"]], float], *, chance: float | None) -> Estimate:
        """A statistic of rows with its interval by groups."""
        rows = np.arange(len(self.groups), dtype=float)
        return bootstrap_by_group(
            rows, self.groups, chance=chance, statistic=lambda some: statistic(some.astype(np.int64)), seed=self.seed
        )


def confidence_estimates(measured: Measured) -> dict[str, Estimate]:
    """Risk, AURC and its excess; for models with classes also FPR at 95 % TPR, ECE and Brier score."""
    answers = measured.answers
    risk, confidence = answers.risk, answers.confidence
    mean = float(risk.mean())
    made = {
        "risk": measured.estimate(lambda rows: float(risk[rows].mean()), chance=None),
        "AURC": measured.estimate(lambda rows: aurc(risk[rows], confidence[rows]), chance=mean),
        "E-AURC": measured.estimate(
            lambda rows: excess_aurc(risk[rows], confidence[rows]), chance=mean - aurc(risk, -risk)
        ),
    }
    if answers.probabilities is None or measured.truth is None:
        return made
    p, truth, right = answers.probabilities, measured.truth, risk == 0
    shares = np.bincount(truth, minlength=p.shape[1]) / len(truth)
    if 0 < right.sum() < len(right):
        made["FPR at 95 % TPR"] = measured.estimate(
            partial(_fpr, confidence=confidence, right=right), chance=_CHANCE_FPR
        )
    made["ECE"] = measured.estimate(
        lambda rows: calibration_error(p[rows], truth[rows], bins=BINS),
        chance=sampled_calibration_error(p, truth, bins=BINS, seed=measured.seed),
    )
    made["Brier score"] = measured.estimate(
        lambda rows: brier_score(p[rows], truth[rows]), chance=float(1 - (shares**2).sum())
    )
    return made


def confidence_findings(estimates: dict[str, Estimate], measured: Measured) -> list[str]:
    """What the intervals support."""
    area = estimates["AURC"]
    if area.low is None or area.high is None or area.chance is None:
        return []
    curve = selective_risk(measured.answers.risk, measured.answers.confidence)
    half, whole = (number(float(curve[end])) for end in (max(0, len(curve) // 2 - 1), -1))
    if area.high < area.chance:
        return [f"Its confidence sorts its answers: the surer half has a risk of {half}, all of them {whole}."]
    if area.low > area.chance:
        return [f"Its confidence misleads: the surer half has a risk of {half}, all of them {whole}."]
    return []


def risk_chart(measured: Measured) -> Lines:
    """Risk against the share of cases that are answered, beside the best possible order and random ones."""
    risk, confidence = measured.answers.risk, measured.answers.confidence
    rng = np.random.default_rng(measured.seed)
    drawn = [_at(selective_risk(risk, rng.permutation(len(risk)))) for _ in range(_SHUFFLES)]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return Lines(
        title="Risk of the surest answers: it should fall as fewer cases are answered; the band is a random order",
        y_label="risk",
        levels=[f"{share:.0%}" for share in _COVERAGES],
        lines={
            "by confidence": _at(selective_risk(risk, confidence)).tolist(),
            "best possible order": _at(selective_risk(risk, -risk)).tolist(),
        },
        null=list(zip(low.tolist(), high.tolist(), strict=True)),
    )


def reliability_chart(measured: Measured) -> Lines:
    """Share of right answers against confidence, in the bins of the calibration error that hold cases."""
    confidence, right = measured.answers.confidence, measured.answers.risk == 0
    bin_of = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = np.unique(bin_of)
    return Lines(
        title="Share of right answers by confidence: below the line of confidence, it is too sure of itself",
        y_label="share",
        levels=[f"{one / BINS:.2f} to {(one + 1) / BINS:.2f} (n={int((bin_of == one).sum())})" for one in bins],
        lines={
            "right": [float(right[bin_of == one].mean()) for one in bins],
            "confidence": [float(confidence[bin_of == one].mean()) for one in bins],
        },
    )


def _fpr(rows: Int64[np.ndarray, " m"], *, confidence: np.ndarray, right: np.ndarray) -> float:
    """Of a resample; one without wrong answers or without right ones tells nothing, and counts as chance."""
    value = fpr_at_95_tpr(confidence[rows], right[rows])
    return _CHANCE_FPR if np.isnan(value) else value


def _at(curve: Float[np.ndarray, " n"]) -> Float[np.ndarray, " c"]:
    return curve[np.maximum(0, np.ceil(_COVERAGES * len(curve)).astype(int) - 1)]
