"""`ablate_classes`: what a task loses without the units of a class, against as many other units drawn at random."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.batched import batched
from lexiscope.core.progress import Progress
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.group_bootstrap import bootstrap_means
from lexiscope.interpret.pooled import Place
from lexiscope.interpret.semantics.units import CLASSES, UnitClass, UnitClasses
from lexiscope.interpret.subject import Cases, Coalition, SharesLower

_BATCH = 4  # cases that are asked about at once; each batch has random units of its own


@dataclass(frozen=True)
class Drop:
    """What a task loses without the units of a class at one level.

    Args:
        level: Name of the level.
        units: Class of units.
        count: Number of them over all modalities.
        drop: Mean fall of the score; its chance level is that of as many units of the same places, drawn
            at random anew for every few cases.
        beyond_random: The fall beyond that of random units, case by case.
    """

    level: str
    units: UnitClass
    count: int
    drop: Estimate
    beyond_random: Estimate


def ablate_classes(
    subject: Any,
    cases: Cases[Any],
    level: str,
    classes: Mapping[Place, UnitClasses],
    counts: Mapping[Place, int],
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Drop]:
    """Silence each class of units in all modalities at once, and measure the task's score before and after.

    Args:
        subject: Answers, and lets its units be silenced.
        cases: Cases that are asked about.
        level: Level whose units are silenced.
        classes: Classes of every place.
        counts: Place -> number of its units.
        seed: Seed of the random units.
    """
    here = [place for place in classes if place[1] == level]
    chosen = {name: {place: units for place in here if (units := list(classes[place].units[name]))} for name in CLASSES}
    batches, rng = list(batched(range(len(cases)), _BATCH)), np.random.default_rng(seed)
    silenced = {name: [(units, _drawn(units, counts, rng)) for _ in batches] for name, units in chosen.items() if units}
    falls: dict[UnitClass, list[np.ndarray]] = {name: [] for name in silenced}
    for number, rows in enumerate(batches):
        some = cases.take(rows)
        whole = _scores(subject, some, {})
        with subject.lower_once(level) if isinstance(subject, SharesLower) else nullcontext():
            for name, asked in silenced.items():
                falls[name].append(np.stack([whole - _scores(subject, some, units) for units in asked[number]], axis=1))
        if progress is not None:
            progress(rows[-1] + 1, len(cases), "cases asked about with units silenced")
    return [
        _drop(np.concatenate(fell), cases.groups, level, name, sum(map(len, chosen[name].values())), seed=seed)
        for name, fell in falls.items()
    ]


def _drop(
    falls: Float[np.ndarray, "n 2"], groups: Sequence[str], level: str, name: UnitClass, count: int, *, seed: int
) -> Drop:
    """From the falls of each case without the units of a class, and without random ones."""
    beyond_random = falls[:, 0] - falls[:, 1]
    drop, random, beyond = bootstrap_means(np.column_stack([falls, beyond_random]), groups, seed=seed)
    drop = Estimate(drop.value, drop.low, drop.high, random.value, drop.n, drop.groups)
    beyond = Estimate(beyond.value, beyond.low, beyond.high, 0.0, beyond.n, beyond.groups)
    return Drop(level, name, count, drop, beyond)


def _drawn(
    chosen: Mapping[Place, Sequence[int]], counts: Mapping[Place, int], rng: np.random.Generator
) -> dict[Place, list[int]]:
    """As many units of the same places, outside the class as far as there are enough."""
    made = {}
    for place, units in chosen.items():
        others = rng.permutation(np.setdiff1d(np.arange(counts[place]), units)).tolist()
        made[place] = [*others, *units][: len(units)]
    return made


def _scores(subject: Any, cases: Cases[Any], silenced: Mapping[Place, Sequence[int]]) -> Float[np.ndarray, " b"]:
    with ExitStack() as stack:
        for (branch, level), units in silenced.items():
            stack.enter_context(subject.ablated(branch, level, units))
        return np.asarray(subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])[0].score)
