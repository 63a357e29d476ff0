"""`ablate_classes`: what a task loses without the units of a class, against as many other units drawn at random."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
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
from lexiscope.interpret.subject import Cases, Coalition

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
    rng = np.random.default_rng(seed)
    whole = _scores(subject, cases, dict)
    made = []
    for name in CLASSES:
        chosen = {place: units for place in here if (units := list(classes[place].units[name]))}
        if not chosen:
            continue
        fall = whole - _scores(subject, cases, lambda chosen=chosen: chosen)
        random = whole - _scores(subject, cases, lambda chosen=chosen: _drawn(chosen, counts, rng))
        drop, _, beyond = bootstrap_means(np.stack([fall, random, fall - random], axis=1), cases.groups, seed=seed)
        drop = Estimate(drop.value, drop.low, drop.high, float(random.mean()), drop.n, drop.groups)
        beyond = Estimate(beyond.value, beyond.low, beyond.high, 0.0, beyond.n, beyond.groups)
        made.append(Drop(level, name, sum(map(len, chosen.values())), drop, beyond))
        if progress is not None:
            progress(len(made), None, "classes of units silenced")
    return made


def _drawn(
    chosen: Mapping[Place, Sequence[int]], counts: Mapping[Place, int], rng: np.random.Generator
) -> dict[Place, list[int]]:
    """As many units of the same places, outside the class as far as there are enough."""
    made = {}
    for place, units in chosen.items():
        others = rng.permutation(np.setdiff1d(np.arange(counts[place]), units)).tolist()
        made[place] = [*others, *units][: len(units)]
    return made


def _scores(
    subject: Any, cases: Cases[Any], silenced: Callable[[], Mapping[Place, Sequence[int]]]
) -> Float[np.ndarray, " n"]:
    """Scores with units silenced, which are asked for anew before every batch."""
    whole, parts = [Coalition(frozenset(subject.inputs))], []
    for rows in batched(range(len(cases)), _BATCH):
        with ExitStack() as stack:
            for (branch, level), units in silenced().items():
                stack.enter_context(subject.ablated(branch, level, units))
            parts.append(subject.outcomes(cases.take(rows), whole)[0].score)
    return np.concatenate(parts)
