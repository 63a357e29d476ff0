"""`dissect`: which unit of which level responds to which concept, against what shuffled concepts would give."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64

from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.interpret.blocks import deal_blocks
from lexiscope.interpret.group_shuffle import shuffle_groups
from lexiscope.interpret.pooled import Place, ReplayedLevels
from lexiscope.interpret.semantics.overlaps import Overlaps
from lexiscope.interpret.semantics.thresholds import UnitThresholds
from lexiscope.interpret.subject import Cases, KnowsConcepts, Level

SHARE = 0.005  # P(a > T) of Network Dissection
SHUFFLES = 5
_TOP = 3  # cases that a unit responds to most


@dataclass(frozen=True, eq=False)
class Dissection:
    """Units of one level of one branch against concepts.

    Args:
        place: Branch and level.
        concepts: Concepts that somebody looked for, by the alphabet.
        overlaps: Sums behind the IoU.
        shuffled: `(s, d, c)`, IoU with the concepts of other cases.
        constant: `(d,)`, True for units that never change.
        top: `(d, t)`, rows of the cases that each unit responds to most, the strongest first; -1 where there is none.
        cases: Cases that have the branch.
        groups: Groups of them.
    """

    place: Place
    concepts: tuple[str, ...]
    overlaps: Overlaps
    shuffled: Float[np.ndarray, "s d c"]
    constant: Bool[np.ndarray, " d"]
    top: Int64[np.ndarray, "d t"]
    cases: int
    groups: int

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.constant)

    @property
    def responds(self) -> bool:
        """Whether any unit overlaps with any concept: without, what they respond to has no profile."""
        return bool(self.iou().any())

    def iou(self) -> Float[np.ndarray, "d c"]:
        """IoU of every unit with every concept."""
        return self.overlaps.iou()[0]


def dissect(
    subject: Any,
    cases: Cases[Any],
    *,
    share: float = SHARE,
    seed: int = 0,
    shuffles: int = SHUFFLES,
    progress: Progress | None = None,
) -> list[Dissection]:
    """Every level of every branch against the concepts that the cases' masks and labels say, in three passes.

    Memory holds maps up to a quarter of a gigabyte, which saves passes where there are few cases, and sums a unit and
    concept, whatever the number of cases.

    Args:
        share: Part of the places that a unit responds at.
        seed: Seed of blocks and shuffles.
        shuffles: Times that concepts of other cases are taken for a case's own, whole groups at a time.

    Raises:
        UsageError: the subject shows no levels or knows no concepts.
    """
    if not isinstance(subject, KnowsConcepts):
        msg = f"expected a model whose cases have masks or labels, got {getattr(subject, 'name', subject)!r} without"
        raise UsageError(f"{msg}; name concepts for a joint space (concepts=...) or build the corpus with masks")
    rng = np.random.default_rng(seed)
    others = [shuffle_groups(cases.groups, rng) for _ in range(shuffles)]
    block_of = deal_blocks(cases.groups, seed=seed)
    read = ReplayedLevels(subject, cases, progress=progress)
    thresholds = _thresholds(read, share)
    found: dict[Place, _Sums] = {}
    for rows, branches in read.batches():
        known = _Concepts(subject, [cases.take(rows), *(cases.take(other[rows]) for other in others)])
        for place, level in branches.items():
            if place not in found:
                found[place] = _Sums(thresholds[place], int(block_of.max()) + 1, shuffles)
            found[place].add(rows, level, block_of, known.on(level.grid), cases.groups)
    return [sums.dissection(place) for place, sums in found.items()]


def _thresholds(read: ReplayedLevels, share: float) -> dict[Place, UnitThresholds]:
    made: dict[Place, UnitThresholds] = {}
    for place, values in _values(read):
        made.setdefault(place, UnitThresholds(share)).widen(values)
    for place, values in _values(read):
        made[place].count(values)
    return made


def _values(read: ReplayedLevels) -> Iterator[tuple[Place, np.ndarray]]:
    """Values of the places of cases that have the branch, batch by batch."""
    for _, branches in read.batches():
        for place, level in branches.items():
            yield place, level.values.detach().float()[level.present].flatten(0, 1).cpu().numpy()


class _Concepts:
    """Concepts of a batch and of those that stand in for it, read once for each grid."""

    def __init__(self, subject: KnowsConcepts, batches: Sequence[Cases[Any]]) -> None:
        self.subject, self.batches = subject, batches
        self.read: dict[tuple[int, ...], list[Mapping[str, np.ndarray]]] = {}

    def on(self, grid: tuple[int, ...] | None) -> list[Mapping[str, np.ndarray]]:
        where = grid or (1,)  # a level without places is one place that covers the image
        if where not in self.read:
            self.read[where] = [self.subject.concepts(cases, where) for cases in self.batches]
        return self.read[where]


class _Sums:
    """What one place gathers over the cases."""

    def __init__(self, thresholds: UnitThresholds, blocks: int, shuffles: int) -> None:
        self.limits, self.constant = thresholds.values(), thresholds.constant()
        units = len(self.limits)
        self.own = Overlaps(units, blocks)
        self.shuffled = [Overlaps(units, 1) for _ in range(shuffles)]
        self.highest = np.full((units, _TOP), -np.inf)
        self.top = np.full((units, _TOP), -1)
        self.cases, self.groups = 0, set[str]()

    def add(
        self,
        rows: Sequence[int],
        level: Level,
        block_of: np.ndarray,
        known: Sequence[Mapping[str, np.ndarray]],
        groups: Sequence[str],
    ) -> None:
        values, present = level.values.detach().float().cpu().numpy(), level.present.cpu().numpy()
        for number, row in enumerate(rows):
            if not present[number]:
                continue
            responds = (values[number] >= self.limits).astype(np.float64)  # (p, d)
            own, *others = [{name: share[number] for name, share in concepts.items()} for concepts in known]
            self.own.add(int(block_of[row]), responds, own)
            for overlaps, shares in zip(self.shuffled, others, strict=True):
                overlaps.add(0, responds, shares)
            self._rank(row, values[number].max(axis=0))
            self.cases += 1
            self.groups.add(groups[row])

    def _rank(self, row: int, highest: Float[np.ndarray, " d"]) -> None:
        values = np.concatenate([self.highest, highest[:, None]], axis=1)
        rows = np.concatenate([self.top, np.full((len(highest), 1), row)], axis=1)
        order = np.argsort(-values, axis=1, kind="stable")[:, :_TOP]
        self.highest, self.top = np.take_along_axis(values, order, 1), np.take_along_axis(rows, order, 1)

    def dissection(self, place: Place) -> Dissection:
        concepts = self.own.concepts
        shuffled = [overlaps.aligned(concepts)[0] for overlaps in self.shuffled]
        nothing = np.zeros((0, len(self.limits), len(concepts)))
        return Dissection(
            place=place,
            concepts=concepts,
            overlaps=self.own,
            shuffled=np.stack(shuffled) if shuffled else nothing,
            constant=self.constant,
            top=self.top,
            cases=self.cases,
            groups=len(self.groups),
        )
