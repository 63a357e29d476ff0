"""What noise and missing inputs do to a model's risk, and whether its confidence falls with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexiscope.core.numbers import number
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate, bootstrap_by_group
from lexiscope.interpret.charts import Bars, Lines
from lexiscope.interpret.subject import Cases, Subject, TakesNoise
from lexiscope.interpret.uncertainty.answers import Answers, read_answers

VARIANCES = (0.01, 0.03, 0.05, 0.07, 0.1, 0.3, 0.5)  # beside 0: those of EyeMoSt, arXiv 2303.09790
RISES, FALLS, GAP = "risk rises by", "confidence falls by", "risk rises more than confidence falls by"


@dataclass(frozen=True)
class Stress:
    """One way in which cases were made harder.

    Args:
        condition: In words, such as "with noise of variance 0.1" or "without T1".
        estimates: What it changed, case by case against the same cases as they are; 0 is no change.
        risk: Mean risk under it, with its interval.
        confidence: Mean confidence under it, with its interval.
    """

    condition: str
    estimates: Mapping[str, Estimate]
    risk: Estimate
    confidence: Estimate

    @classmethod
    def of(cls, condition: str, plain: Answers, stressed: Answers, groups: Sequence[str], *, seed: int) -> "Stress":
        """Changes between answers to the same cases."""
        rises, falls = stressed.risk - plain.risk, plain.confidence - stressed.confidence
        changes = {RISES: rises, FALLS: falls, GAP: rises - falls}
        return cls(
            condition,
            {name: bootstrap_by_group(values, groups, chance=0.0, seed=seed) for name, values in changes.items()},
            bootstrap_by_group(stressed.risk, groups, chance=None, seed=seed),
            bootstrap_by_group(stressed.confidence, groups, chance=None, seed=seed),
        )

    @property
    def verdict(self) -> str | None:
        """What the intervals support; None where risk does not rise for sure."""
        if not _above_nothing(self.estimates[RISES]):
            return None
        if _above_nothing(self.estimates[GAP]):
            return "and its confidence falls by {falls} only: it becomes too sure of itself"
        return "and its confidence falls, too" if _above_nothing(self.estimates[FALLS]) else ""

    def finding(self) -> str:
        """The verdict as a sentence."""
        rise, falls = (number(self.estimates[name].value or 0.0) for name in (RISES, FALLS))
        told = f"{self.condition[0].upper()}{self.condition[1:]}, its risk rises by {rise} {self.verdict or ''}"
        return f"{told.rstrip()}.".format(falls=falls)


def stress_findings(noise: Sequence[Stress], missing: Sequence[Stress]) -> list[str]:
    """Sentences about the least noise of each verdict, and about every input that is missed."""
    least: dict[str, Stress] = {}
    for one in noise:
        if one.verdict is not None:
            least.setdefault(one.verdict, one)
    return [one.finding() for one in [*least.values(), *(one for one in missing if one.verdict is not None)]]


def noise_stress(
    subject: Subject, cases: Cases[Any], plain: Answers, *, seed: int, progress: Progress | None
) -> list[Stress]:
    """Gaussian noise of rising variance on the images; nothing for a subject that cannot be disturbed."""
    if not isinstance(subject, TakesNoise):
        return []
    made = []
    for variance in VARIANCES:
        (noisy,) = read_answers(subject.with_noise(variance, seed=seed), cases, progress=progress)
        made.append(Stress.of(f"with noise of variance {variance:g}", plain, noisy, cases.groups, seed=seed))
    return made


def missing_stress(
    subject: Subject, cases: Cases[Any], plain: Answers, *, seed: int, progress: Progress | None
) -> list[Stress]:
    """Each input taken away from the cases that have it beside another one."""
    made = []
    for name, rows in _losing(subject, cases):
        others = frozenset(subject.inputs) - {name}
        (stressed,) = read_answers(subject, cases.take(rows), [others], progress=progress)
        groups = [cases.groups[row] for row in rows]
        made.append(Stress.of(f"without {name}", plain.take(rows), stressed, groups, seed=seed))
    return made


def noise_chart(plain: tuple[Estimate, Estimate], stresses: Sequence[Stress]) -> Lines:
    """Risk and confidence over the variance of the noise."""
    risks, confidences = [plain[0], *(one.risk for one in stresses)], [plain[1], *(one.confidence for one in stresses)]
    lines = {"risk": risks, "confidence": confidences}
    return Lines(
        title="Risk and confidence as noise grows: confidence should fall while risk rises",
        y_label="mean over cases",
        levels=["0", *(one.condition.split()[-1] for one in stresses)],
        lines={name: [estimate.value for estimate in line] for name, line in lines.items()},
        intervals={name: [_ends(estimate) for estimate in line] for name, line in lines.items()},
    )


def missing_chart(stresses: Sequence[Stress]) -> Bars:
    """What each missing input does to risk and confidence."""
    bars = {f"{one.condition}: {what}": one.estimates[what] for one in stresses for what in (RISES, FALLS)}
    return Bars(
        title="What is lost with each input: where risk rises, confidence should fall as much",
        y_label="change",
        values={name: estimate.value or 0.0 for name, estimate in bars.items()},
        intervals={name: ends for name, estimate in bars.items() if (ends := _ends(estimate)) is not None},
        null=dict.fromkeys(bars, 0.0),
    )


def _losing(subject: Subject, cases: Cases[Any]) -> Iterator[tuple[str, np.ndarray]]:
    present = {name: np.asarray(cases.present[name], dtype=bool) for name in subject.inputs}
    for name in subject.inputs:
        others = [mask for other, mask in present.items() if other != name]
        rows = np.flatnonzero(present[name] & np.any(others, axis=0)) if others else np.zeros(0, dtype=np.int64)
        if len(rows):
            yield name, rows


def _ends(estimate: Estimate) -> tuple[float, float] | None:
    return None if estimate.low is None or estimate.high is None else (estimate.low, estimate.high)


def _above_nothing(estimate: Estimate) -> bool:
    return estimate.low is not None and estimate.low > 0
