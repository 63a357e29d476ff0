"""Numbers that decide what is published of multimodal models, and what their intervals say of it.

Rules are our own and were fixed before anything was run. A claim holds where the intervals of all its numbers lie on
its side of a line, it does not hold where one lies wholly on the other side, and else the numbers do not say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.contribution.table import coalition_table
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.pooled import Place, PooledLevels
from lexiscope.interpret.result import Result
from lexiscope.interpret.semantics.dissect import Dissection
from lexiscope.interpret.semantics.levels import block_weights, estimate_of
from lexiscope.interpret.similarity.compare import PlaceComparer
from lexiscope.interpret.similarity.similarity import same_level
from lexiscope.interpret.subject import FUSED, Cases, Coalition, Outcome, Subject

Verdict: TypeAlias = Literal["holds", "does not hold", "does not say"]
HOLDS: Verdict = "holds"
FAILS: Verdict = "does not hold"
SILENT: Verdict = "does not say"

HALF = 0.5  # CKA below which two modalities count as different
MOST = 2 / 3  # share of what all inputs add from which one of them dominates


@dataclass(frozen=True)
class Finding:
    """What was found about one claim in one model.

    Args:
        claim: Name of the claim.
        model: Model, in words.
        numbers: What was measured.
        verdict: What the intervals say.
        why: Reason where they say nothing, or what goes with the numbers.
    """

    claim: str
    model: str
    numbers: Mapping[str, Estimate] = field(default_factory=dict)
    verdict: Verdict = SILENT
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        numbers = {name: estimate.to_dict() for name, estimate in self.numbers.items()}
        return {"claim": self.claim, "model": self.model, "numbers": numbers, "verdict": self.verdict, "why": self.why}


def above(estimates: Sequence[Estimate], line: float = 0.0) -> Verdict:
    """Whether all of some numbers lie above a line.

    Example:
        >>> clear, wide = Estimate(0.4, 0.2, 0.6, None), Estimate(0.1, -0.2, 0.4, None)
        >>> above([clear]), above([clear, wide]), above([clear], line=0.7)
        ('holds', 'does not say', 'does not hold')
    """
    if any(one.high is not None and one.high < line for one in estimates):
        return FAILS
    return HOLDS if estimates and all(one.low is not None and one.low > line for one in estimates) else SILENT


@dataclass(frozen=True)
class ArrayLevels:
    """Levels that are in memory.

    Args:
        values: Place -> `(n, d)`.
        present: Place -> `(n,)`, False where a case lacks the branch.
    """

    values: Mapping[Place, Float[np.ndarray, "n d"]]
    present: Mapping[Place, Bool[np.ndarray, " n"]]

    @property
    def places(self) -> list[Place]:
        """Branches and levels."""
        return list(self.values)

    def read(self, place: Place) -> Float[np.ndarray, "n d"]:
        """Features of a place."""
        return self.values[place]


def discrepancy(pooled: PooledLevels, groups: Sequence[str], *, model: str, seed: int) -> list[Finding]:
    """How alike modalities are at the last level that each pair shares."""
    comparer, last = PlaceComparer(pooled, groups, seed), {}
    for first, second in same_level(pooled.places):
        last[first[0], second[0]] = (first, second)
    made = []
    for (one, other), pair in last.items():
        found = comparer.compare(*pair)
        null = "" if found.null is None else f"unrelated cases give {found.null[0]:.2f} to {found.null[1]:.2f}"
        below = above([_mirrored(found.cka)], line=-HALF)
        numbers = {f"CKA of {one} and {other} at {pair[0][1]}": found.cka}
        made.append(Finding("discrepancy", model, numbers, below, null))
    return made or [Finding("discrepancy", model, why="no two modalities have a level in common")]


def growth(before: Sequence[Dissection], after: Sequence[Dissection], *, model: str, seed: int) -> Finding:
    """How what all modalities respond to, and what one of them responds to alone, grew from one place to another.

    Args:
        before: A level of each modality, dissected.
        after: The same modalities on the same cases, later or deeper.
        model: Model, in words.
        seed: Seed of the bootstrap.
    """
    (shared_before, own_before), (shared_after, own_after) = (_responses(some, seed) for some in (before, after))
    n, groups = min(one.cases for one in after), min(one.groups for one in after)
    numbers = {
        name: estimate_of(later - sooner, chance=0.0, n=n, groups=groups)
        for name, later, sooner in (
            ("growth of what all respond to", shared_after, shared_before),
            ("growth of what one responds to alone", own_after, own_before),
        )
    }
    return Finding("growth", model, numbers, above(list(numbers.values())))


def of_level(dissections: Sequence[Dissection], level: str) -> list[Dissection]:
    """The modalities at one level.

    Args:
        dissections: What `dissect` gave.
        level: Name of the level.
    """
    return [one for one in dissections if one.place[1] == level and one.place[0] != FUSED and one.concepts]


def shared_levels(dissections: Sequence[Dissection]) -> list[str]:
    """Levels that two or more modalities have, from the first to the last."""
    levels = dict.fromkeys(one.place[1] for one in dissections)
    return [level for level in levels if len(of_level(dissections, level)) > 1]


def used_together(semantics: Result, *, model: str) -> Finding:
    """Whether the task needs both the units that modalities have in common and those that one has alone."""
    numbers, counts = {}, {"consistent": 0.0, "special": 0.0}
    for row in semantics.rows:
        for kind in counts:
            if row["measure"] == "drop beyond random units" and row["of"].split()[1] == kind:
                numbers[f"drop without the {row['of']} of {row['level']}, beyond random units"] = row["value"]
                counts[kind] += 1
    missing = [kind for kind, count in counts.items() if not count]
    if missing:
        return Finding(
            "together", model, numbers, why=f"no {' and no '.join(missing)} units at the level that was silenced"
        )
    return Finding("together", model, numbers, above(list(numbers.values())))


def dominance(subject: Subject, cases: Cases[Any], *, model: str, seed: int) -> Finding:
    """Whether one input adds most of what all add, where two or more add something beside all others."""
    table = coalition_table(subject, cases, removal="missing", seed=seed)
    phi, groups = table.shapley(table.score), cases.groups
    lost = table.score[:, [table.everything]] - table.score[:, table.without]
    beside = bootstrap_means(lost, groups, chance=0.0, seed=seed)
    first = int(phi.mean(axis=0).argmax())
    (gain,) = bootstrap_means(phi.sum(axis=1, keepdims=True), groups, chance=0.0, seed=seed)
    (share,) = bootstrap_means(
        phi, groups, of=lambda means: means[:, [first]] / means.sum(axis=1, keepdims=True),
        chance=1 / len(table.inputs), seed=seed,
    )  # fmt: skip
    numbers = {"all inputs add": gain, f"share of {table.inputs[first]}": share}
    numbers |= {f"{name} beside all others": one for name, one in zip(table.inputs, beside, strict=True)}
    if above([gain]) != HOLDS:
        return Finding("dominance", model, numbers, why="nothing shows that the inputs add anything in all")
    adding = [name for name, one in zip(table.inputs, beside, strict=True) if above([one]) == HOLDS]
    if len(adding) < 2:
        told = f"only {adding[0]} does" if adding else "none does"
        return Finding("dominance", model, numbers, why=f"two inputs that add beside all others are asked for; {told}")
    return Finding("dominance", model, numbers, above([share], line=MOST))


@dataclass(frozen=True)
class Beside:
    """A subject of fewer inputs, the others of which are always there.

    Args:
        subject: The subject.
        always: Inputs that are never taken away from a case that has others.
    """

    subject: Any
    always: frozenset[str]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Inputs that can be taken away."""
        return tuple(name for name in self.subject.inputs if name not in self.always)

    @property
    def name(self) -> str:
        """What it is."""
        return str(self.subject.name)

    @property
    def fingerprint(self) -> str:
        """Hash of the weights."""
        return str(self.subject.fingerprint)

    @property
    def fusion(self) -> str | None:
        """Place where modalities meet."""
        return None if self.subject.fusion is None else str(self.subject.fusion)

    @property
    def score(self) -> str:
        """What it is measured by."""
        return str(self.subject.score)

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """What the subject says."""
        asked = [replace(one, kept=one.kept | self.always if one.kept else one.kept) for one in coalitions]
        made: list[Outcome] = self.subject.outcomes(cases, asked)
        return made


def late_ahead(
    scores: Mapping[str, Float[np.ndarray, " n"]], groups: Sequence[str], *, model: str, seed: int
) -> Finding:
    """Whether late fusion scores higher than every other way of joining the same inputs.

    Args:
        scores: Way of joining -> score of each case; "late" among them.
        groups: Group of each case.
        model: Models, in words.
        seed: Seed of the bootstrap.
    """
    others = [name for name in scores if name != "late"]
    gaps = np.stack([scores["late"] - scores[name] for name in others], axis=1)
    means = bootstrap_means(np.stack(list(scores.values()), axis=1), groups, seed=seed)
    numbers = {
        f"late less {n}": e for n, e in zip(others, bootstrap_means(gaps, groups, chance=0.0, seed=seed), strict=True)
    }
    told = ", ".join(f"{name} {one.value:.3f}" for name, one in zip(scores, means, strict=True))
    return Finding("late", model, numbers, above(list(numbers.values())), told)


def _responses(some: Sequence[Dissection], seed: int) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"]]:
    """Mean IoU that all modalities reach, and that one reaches beyond the others, less that of shuffled concepts."""
    concepts = sorted(set.intersection(*(set(one.concepts) for one in some)))
    weights = block_weights(some[0].overlaps.blocks, seed=seed)
    columns = [[one.concepts.index(name) for name in concepts] for one in some]
    strength = np.stack(
        [one.overlaps.iou(weights)[:, :, of].mean(axis=1) for one, of in zip(some, columns, strict=True)]
    )
    chance = np.stack([one.shuffled[:, :, of].mean(axis=1) for one, of in zip(some, columns, strict=True)])
    return _shared(strength) - _shared(chance).mean(), _own(strength) - _own(chance).mean()


def _shared(strength: Float[np.ndarray, "m r c"]) -> Float[np.ndarray, " r"]:
    return np.asarray(strength.min(axis=0).mean(axis=-1))


def _own(strength: Float[np.ndarray, "m r c"]) -> Float[np.ndarray, " r"]:
    """How far the modality that responds most to a concept is ahead of the next, mean over concepts."""
    ranked = np.sort(strength, axis=0)
    return np.asarray((ranked[-1] - ranked[-2]).mean(axis=-1))


def _mirrored(one: Estimate) -> Estimate:
    low, high = (None if one.high is None else -one.high), (None if one.low is None else -one.low)
    return Estimate(None if one.value is None else -one.value, low, high, None)
