"""What pairs of branches tell about labels and about a model's answers, by each estimator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int64

from lexiscope.core.progress import Progress
from lexiscope.interpret.interaction.batch_pid import batch_pid
from lexiscope.interpret.interaction.discretise import discretise, most_clusters
from lexiscope.interpret.interaction.gaussian_pid import few_dimensions, gaussian_features_pid
from lexiscope.interpret.interaction.null import TOTAL, Measure, Part, measured_parts
from lexiscope.interpret.interaction.pid import QUANTITIES, Pid, PidSolver, agreement, joint_table
from lexiscope.interpret.pooled import pool_levels
from lexiscope.interpret.subject import FUSED, Cases

FEWEST = 20  # cases that have both branches
LABEL, ANSWERS = "label", "answers"

Estimator: TypeAlias = Literal["clusters", "gaussian", "batch"]
ESTIMATORS: tuple[Estimator, ...] = ("clusters", "gaussian", "batch")

_NETWORKS = 19  # most permutations and resamples of networks, which are trained anew for each
_FEWEST_GROUPS = 16  # for networks: about ten are left when as many are drawn with replacement


@dataclass(frozen=True)
class Branch:
    """Features of the last level of a branch.

    Args:
        features: `(n, d)`, averaged over places.
        present: `(n,)`, False where a case lacks it.
    """

    features: Float[np.ndarray, "n d"]
    present: Bool[np.ndarray, " n"]


@dataclass(frozen=True)
class PairInformation:
    """Parts of what a pair of branches tells.

    Args:
        first: Name of the first branch.
        second: Name of the second.
        about: What is told of: the label, or the model's answers.
        estimator: How it was estimated.
        parts: Name in `QUANTITIES`, or "total" -> its part.
        level: Largest p-value of the total at which a pair counts as telling anything: 0.05 over the number of pairs.
    """

    first: str
    second: str
    about: str
    estimator: Estimator
    parts: Mapping[str, Part]
    level: float

    @property
    def tells(self) -> bool:
        """Whether the pair tells more in all than permuted labels give; without that no part of it is spoken of."""
        return self.parts[TOTAL].p_value <= self.level

    def pid(self) -> Pid:
        """The parts without their intervals."""
        return Pid(*(float(self.parts[name].estimate.value or 0.0) for name in QUANTITIES))


def last_levels(subject: Any, cases: Cases[Any], *, progress: Progress | None = None) -> dict[str, Branch]:
    """Features of the last level of every branch before inputs meet.

    Raises:
        UsageError: a subject that shows no levels, or no cases.
    """
    with pool_levels(subject, cases, progress=progress) as pooled:
        last = {branch: (branch, level) for branch, level in pooled.places if branch != FUSED}
        return {
            branch: Branch(np.array(pooled.read(place), dtype=float), pooled.present[place])
            for branch, place in last.items()
        }


def pairs_information(
    branches: Mapping[str, Branch],
    told: Mapping[str, Int64[np.ndarray, " n"]],
    groups: Sequence[str],
    *,
    estimators: Sequence[Estimator],
    clusters: int | None = None,
    permutations: int = 100,
    resamples: int = 60,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[list[PairInformation], dict[str, str]]:
    """Every pair of branches, about each thing that is told, by each estimator.

    Args:
        branches: Name -> features.
        told: What is told of -> class of each case, -1 where it is not known.
        groups: Group of each case.
        estimators: Which ones; networks are trained 39 times for each pair.
        clusters: Clusters of each branch; None takes what the number of cases bears.
        permutations: Times that labels are permuted, at least 20 for each pair.
        resamples: Times that groups are drawn.
        seed: Seed of clusters, permutations and resamples.
        progress: Called with the number of decompositions done.

    Returns:
        What was found, and why pairs were left out.
    """
    pairs = list(combinations(branches, 2))
    found, left_out = [], {}
    asked = [(pair, about, estimator) for pair in pairs for about in told for estimator in estimators]
    for number, ((first, second), about, estimator) in enumerate(asked, 1):
        taken = _Taken.of(branches[first], branches[second], told[about], groups)
        if (why := taken.unusable(estimator)) is not None:
            left_out[f"{first} + {second}, {about}, {estimator}"] = why
            continue
        measure = _MEASURES[estimator](taken, clusters, seed)
        times = max(permutations, 20 * len(pairs)), resamples
        if estimator == "batch":
            times = min(permutations, _NETWORKS), min(resamples, _NETWORKS)
        parts = measured_parts(
            measure, taken.labels, taken.groups, seed=seed, permutations=times[0], resamples=times[1]
        )
        found.append(PairInformation(first, second, about, estimator, parts, 0.05 / len(pairs)))
        if progress is not None:
            progress(number, len(asked), "decompositions of what pairs of inputs tell")
    return found, left_out


def agreements(found: Sequence[PairInformation]) -> dict[tuple[str, str, Estimator], float]:
    """Agreement of what a model's answers hold with what the labels offer, for each pair and estimator, in nats."""
    labels = {(one.first, one.second, one.estimator): one for one in found if one.about == LABEL}
    answers = {(one.first, one.second, one.estimator): one for one in found if one.about == ANSWERS}
    return {key: agreement(labels[key].pid(), answers[key].pid()) for key in labels if key in answers}


@dataclass(frozen=True)
class _Taken:
    """Cases that have both branches and a known class."""

    first: Float[np.ndarray, "m d1"]
    second: Float[np.ndarray, "m d2"]
    labels: Int64[np.ndarray, " m"]
    groups: Sequence[str]

    @classmethod
    def of(cls, first: Branch, second: Branch, labels: Int64[np.ndarray, " n"], groups: Sequence[str]) -> "_Taken":
        rows = np.flatnonzero(first.present & second.present & (labels >= 0))
        numbered = np.unique(labels[rows], return_inverse=True)[1].astype(np.int64)
        return cls(first.features[rows], second.features[rows], numbered, [groups[row] for row in rows.tolist()])

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1

    def unusable(self, estimator: Estimator) -> str | None:
        if len(self.labels) < FEWEST:
            return f"expected at least {FEWEST} cases that have both and a known class, got {len(self.labels)}"
        if self.classes < 2:
            return "expected at least 2 classes among the cases that have both, got 1"
        if estimator == "batch" and (groups := len(set(self.groups))) < _FEWEST_GROUPS:
            return f"networks expect at least {_FEWEST_GROUPS} groups, got {groups}"
        return None


def _by_clusters(taken: _Taken, clusters: int | None, seed: int) -> Measure:
    most = clusters or most_clusters(len(taken.labels), taken.classes)
    first = discretise(taken.first, clusters=most, seed=seed)
    second = discretise(taken.second, clusters=most, seed=seed)
    shape = (int(first.max()) + 1, int(second.max()) + 1, taken.classes)
    solver = PidSolver(shape)
    return lambda rows, labels: solver.solve(joint_table(first[rows], second[rows], labels, shape))


def _by_moments(taken: _Taken, clusters: int | None, seed: int) -> Measure:  # noqa: ARG001
    first, second = few_dimensions(taken.first), few_dimensions(taken.second)
    return lambda rows, labels: gaussian_features_pid(first[rows], second[rows], labels, classes=taken.classes)


def _by_networks(taken: _Taken, clusters: int | None, seed: int) -> Measure:  # noqa: ARG001
    few = replace(taken, first=few_dimensions(taken.first), second=few_dimensions(taken.second))

    def measure(rows: Int64[np.ndarray, " m"], labels: Int64[np.ndarray, " m"]) -> Pid:
        groups = [few.groups[row] for row in rows]
        return batch_pid(few.first[rows], few.second[rows], labels, groups=groups, classes=few.classes, seed=seed)

    return measure


_MEASURES: Mapping[Estimator, Callable[[_Taken, int | None, int], Measure]] = {
    "clusters": _by_clusters,
    "gaussian": _by_moments,
    "batch": _by_networks,
}
