"""`uncertainty`: when a model should not be believed, and whether it knows it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate, bootstrap_by_group
from lexiscope.interpret.about import about
from lexiscope.interpret.charts import Chart
from lexiscope.interpret.result import Result
from lexiscope.interpret.some_cases import drawn_in_words, rows_over_groups
from lexiscope.interpret.subject import Cases, HoldsOut, Subject
from lexiscope.interpret.uncertainty.answers import read_answers
from lexiscope.interpret.uncertainty.confidence import (
    BINS,
    Measured,
    confidence_estimates,
    confidence_findings,
    reliability_chart,
    risk_chart,
)
from lexiscope.interpret.uncertainty.guarantees import COVERAGE, RISK, Guarantees
from lexiscope.interpret.uncertainty.stress import (
    Stress,
    missing_chart,
    missing_stress,
    noise_chart,
    noise_stress,
    stress_findings,
)

_FORMULA = {
    "risk": "1 where the answer is wrong, else 0; of models whose answers are not right or wrong 1 - score",
    "AURC": "mean over k of the mean risk of the k surest answers (arXiv 1805.08206); random order: the mean risk",
    "E-AURC": "AURC less that of the best possible order of the same answers",
    "FPR at 95 % TPR": "share of wrong answers as sure as the surest 95 % of the right ones (arXiv 1610.02136)",
    "ECE": f"mean |share right - confidence| over {BINS} bins of confidence, weighted by cases (arXiv 1706.04599)",
    "Brier score": "mean squared distance of probabilities from the truth, 0 to 2; chance knows the shares of classes",
    "LAC sets": "classes with 1 - p at most a threshold (arXiv 1609.00451)",
    "APS sets": "classes with the mass of likelier ones and a random share of their own at most a threshold "
    "(arXiv 2006.02544)",
    "threshold of sets": f"quantile of level {COVERAGE} over held-out cases of weight 1 / (n_g (G + 1)), with G groups "
    "of n_g cases (arXiv 2306.06342)",
    "abstaining": f"answers of a confidence above the lowest at which the held-out risk of what is answered, by group, "
    f"is at most {RISK} (arXiv 2208.02814)",
}
_ASSUMES = (
    "Groups it is calibrated on and groups it is measured on are drawn alike. Then, on average over such draws, sets "
    f"hold the truth of a case of a new group with probability {COVERAGE} at least, and answered cases that are wrong "
    f"are at most a share {RISK} of all cases. Cases that training chose its epoch or a temperature by are almost, but "
    "not quite, like new ones."
)
_CANNOT_TELL = (
    "Whether one case is right: promises hold on average over cases, not for a kind of case, and not for another "
    "scanner, laboratory or population. Gaussian noise is no artefact of a real machine."
)


def uncertainty(
    subject: Subject,
    cases: Cases[Any],
    *,
    calibration: Cases[Any] | None = None,
    noisy: int = 32,
    seed: int = 0,
    progress: Progress | None = None,
    cached: Subject | None = None,
) -> Result:
    """How well a model's confidence sorts its answers, what can be promised of them, and what stress does to both.

    Args:
        subject: Subject that gives probabilities of classes, or a confidence of every answer.
        cases: Cases that it is measured on.
        calibration: Cases that thresholds are chosen on, of other groups; those that the subject holds out when None,
            and where it holds none out, half of the groups of `cases`, which are then not measured.
        noisy: Cases at most to whose images noise is added, of as many groups as there are: at each strength, the model
            reads them anew.
        seed: Seed of resampling, noise, random shares, halves and cases that are drawn.
        progress: Called with the cases done.
        cached: The same subject, such as a `CachedSubject` that knows what other methods asked; `subject` itself when
            None.

    Raises:
        UsageError: a subject that never says how sure it is, too few groups, or groups that are calibrated on and
            measured.
    """
    held_out, measured_on = _split(subject, cases, calibration, seed=seed)
    half = calibration is None and held_out.split == cases.split
    cached = cached or subject
    (told,) = read_answers(cached if half else subject, held_out, progress=progress)  # others may have the same ids
    (plain,) = read_answers(cached, measured_on, progress=progress)
    measured = Measured(plain, measured_on.groups, measured_on.truth, seed)
    guarantees = Guarantees.of(told, held_out, seed=seed)
    as_given, promised = confidence_estimates(measured), guarantees.estimates(measured)
    rows = rows_over_groups(measured_on.groups, noisy, seed=seed)
    undisturbed = Measured(plain.take(rows), [measured_on.groups[row] for row in rows], None, seed)
    noise = noise_stress(subject, measured_on.take(rows), undisturbed.answers, seed=seed, progress=progress)
    missing = missing_stress(cached, measured_on, plain, seed=seed, progress=progress)
    return Result(
        method="uncertainty",
        title="When should it not be believed, and does it know?",
        rows=[
            *_rows("as given", {**as_given, **promised}),
            *(row for one in [*noise, *missing] for row in _rows(one.condition, one.estimates)),
        ],
        findings=[
            *confidence_findings(as_given, measured),
            *guarantees.findings(promised),
            *stress_findings(noise, missing),
        ],
        charts=_charts(measured, undisturbed, noise, missing),
        assumes=_ASSUMES,
        cannot_tell=_CANNOT_TELL if noise else f"{_CANNOT_TELL} What noise does was not measured on this model.",
        formula=_FORMULA,
        sample=_sample(held_out, measured_on, len(rows) if noise else 0, half=half, seed=seed),
        about=about(
            subject,
            measured_on,
            seed=seed,
            calibrated_on={
                "split": held_out.split,
                "cases": len(held_out),
                "groups": len(set(held_out.groups)),
                "half_of_the_measured_split": half,
            },
        ),
    )


def _split(
    subject: Subject, cases: Cases[Any], calibration: Cases[Any] | None, *, seed: int
) -> tuple[Cases[Any], Cases[Any]]:
    """Cases to calibrate on, and cases to measure."""
    if calibration is None and isinstance(subject, HoldsOut):
        calibration = subject.held_out()
        if calibration is not None and set(calibration.groups) & set(cases.groups):
            calibration = None  # that very split is interpreted
    if calibration is None:
        return _halves(cases, seed=seed)
    shared = sorted(set(calibration.groups) & set(cases.groups))
    if shared:
        msg = f"expected other groups to calibrate on than those that are measured, got {shared[0]} among both"
        raise UsageError(f"{msg}; split the corpus by group")
    return calibration, cases


def _halves(cases: Cases[Any], *, seed: int) -> tuple[Cases[Any], Cases[Any]]:
    groups = sorted(set(cases.groups))
    if len(groups) < 4:
        msg = f"expected at least 4 groups to calibrate on one half and measure the other, got {len(groups)}"
        raise UsageError(f"{msg}; give cases to calibrate on, or a larger split")
    chosen = set(np.random.default_rng(seed).permutation(groups)[: len(groups) // 2].tolist())
    inside = np.array([group in chosen for group in cases.groups])
    return cases.take(np.flatnonzero(inside)), cases.take(np.flatnonzero(~inside))


def _rows(condition: str, estimates: Mapping[str, Estimate]) -> list[dict[str, Any]]:
    return [{"condition": condition, "measure": name, "value": estimate} for name, estimate in estimates.items()]


def _sample(held_out: Cases[Any], measured_on: Cases[Any], noisy: int, *, half: bool, seed: int) -> str:
    """What it was calibrated on, and where noise was added."""
    cases = f"calibrated on {len(held_out)} cases of {len(set(held_out.groups))} groups of the split {held_out.split!r}"
    told = [f"{cases}{f', half of its groups, drawn (seed {seed}), which are not measured' if half else ''}"]
    if noisy and (
        drawn := drawn_in_words(noisy, len(measured_on), "cases, of as many groups as there are,", seed=seed)
    ):
        told.append(f"noise: {drawn}")
    return "; ".join(told)


def _charts(
    measured: Measured, undisturbed: Measured, noise: Sequence[Stress], missing: Sequence[Stress]
) -> list[Chart]:
    charts: list[Chart] = [risk_chart(measured)]
    if measured.answers.probabilities is not None:
        charts.append(reliability_chart(measured))
    if noise:
        charts.append(noise_chart(_means(undisturbed), noise))
    if missing:
        charts.append(missing_chart(missing))
    return charts


def _means(measured: Measured) -> tuple[Estimate, Estimate]:
    answers, groups, seed = measured.answers, measured.groups, measured.seed
    risk = bootstrap_by_group(answers.risk, groups, chance=None, seed=seed)
    return risk, bootstrap_by_group(answers.confidence, groups, chance=None, seed=seed)
