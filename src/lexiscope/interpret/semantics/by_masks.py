"""Semantics where masks and labels say what is where: rows, sentences and charts of a dissection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lexiscope.core.numbers import number
from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.charts import Chart, Heatmap, Row
from lexiscope.interpret.intervals import above_chance, worded
from lexiscope.interpret.pooled import Place
from lexiscope.interpret.semantics.dissect import Dissection
from lexiscope.interpret.semantics.levels import block_weights, estimate_of
from lexiscope.interpret.semantics.profiles import profiles
from lexiscope.interpret.semantics.strongest import ShownUnit
from lexiscope.interpret.semantics.units import DETECTOR, detectors_of


@dataclass(frozen=True)
class BestUnit:
    """The unit of a place that overlaps most with a concept, among its detectors.

    Args:
        place: Branch and level.
        unit: Number of the unit.
        concept: Concept that it detects.
        iou: IoU; its chance level is the best of any unit of the place with the concept of other cases.
        rows: Rows of the cases that it responds to most.
    """

    place: Place
    unit: int
    concept: str
    iou: Estimate
    rows: Sequence[int]


def place_rows(one: Dissection, *, seed: int) -> tuple[list[Row], list[BestUnit]]:
    """Rows of one place, and its best detector of each concept."""
    if not one.concepts:
        return [], []
    replicas = one.overlaps.iou(block_weights(one.overlaps.blocks, seed=seed))  # (r, d, c)
    found, chance = replicas.max(axis=2) > DETECTOR, one.shuffled.max(axis=2) > DETECTOR
    counts = found.sum(axis=1).astype(float)
    by_chance = float(chance.sum(axis=1).mean()) if len(chance) else None
    rows = [row_of(one.place, "detectors", "all concepts", _estimate(one, counts, by_chance))]
    if not one.responds:
        return rows, []
    profile = profiles(replicas)
    even = profiles(one.shuffled).mean(axis=0) if len(one.shuffled) else None
    for column, concept in enumerate(one.concepts):
        value = _estimate(one, profile[:, column], None if even is None else float(even[column]))
        rows.append(row_of(one.place, "profile", concept, value))
    best = [_best(one, concept, replicas) for concept in sorted(set(detectors_of(one).values()))]
    return [*rows, *(row_of(one.place, "IoU", f"unit {unit.unit}: {unit.concept}", unit.iou) for unit in best)], best


def row_of(place: Place, measure: str, of: str, value: Estimate) -> Row:
    """A row of the table."""
    return {"branch": place[0], "level": place[1], "measure": measure, "of": of, "value": value}


def detector_findings(best: Sequence[BestUnit]) -> list[str]:
    """For each concept and branch the best detector of any level, where its interval lies above chance."""
    found: dict[tuple[str, str], BestUnit] = {}
    for unit in best:
        key = unit.concept, unit.place[0]
        if above_chance(unit.iou) and (key not in found or (unit.iou.value or 0) > (found[key].iou.value or 0)):
            found[key] = unit
    return [
        f"Unit {unit.unit} of {unit.place[0]}, {unit.place[1]}, responds where {unit.concept} is: IoU "
        f"{worded(unit.iou)}; with the masks of other cases the best unit there reaches {number(unit.iou.chance)}."
        for unit in found.values()
        if unit.iou.chance is not None
    ]


def shown_units(best: Sequence[BestUnit], *, most: int = 4) -> list[ShownUnit]:
    """Detectors beyond chance with the largest IoU, one for each concept and branch."""
    ranked = sorted(filter(lambda unit: above_chance(unit.iou), best), key=lambda unit: -(unit.iou.value or 0))
    first = {(unit.concept, unit.place[0]): unit for unit in reversed(ranked)}
    chosen = sorted(first.values(), key=lambda unit: -(unit.iou.value or 0))[:most]
    return [ShownUnit(unit.place, unit.unit, unit.concept, unit.rows) for unit in chosen]


def profile_map(dissections: Sequence[Dissection]) -> list[Chart]:
    """Concepts by place, how much of each units respond to; nothing of one concept, whose share is always one."""
    concepts = sorted({name for one in dissections for name in one.concepts})
    if len(concepts) < 2 or not any(one.responds for one in dissections):
        return []
    some = [one for one in dissections if one.responds]
    values = np.full((len(concepts), len(some)), np.nan)
    for column, one in enumerate(some):
        values[[concepts.index(name) for name in one.concepts], column] = profiles(one.iou())
    return [Heatmap("What units respond to, by place", concepts, [" · ".join(one.place) for one in some], values)]


def about_dissection(dissections: Sequence[Dissection], share: float) -> Mapping[str, Any]:
    """Choices of the method."""
    concepts = sorted({name for one in dissections for name in one.concepts})
    return {"concepts": concepts, "share of places": share, "detector above": DETECTOR}


def _best(one: Dissection, concept: str, replicas: np.ndarray) -> BestUnit:
    column = one.concepts.index(concept)
    units = [unit for unit, name in detectors_of(one).items() if name == concept]
    unit = max(units, key=lambda unit: float(replicas[0, unit, column]))
    chance = float(one.shuffled[:, :, column].max(axis=1).mean()) if len(one.shuffled) else None
    rows = [int(row) for row in one.top[unit] if row >= 0]
    return BestUnit(one.place, unit, concept, _estimate(one, replicas[:, unit, column], chance), rows)


def _estimate(one: Dissection, replicas: np.ndarray, chance: float | None) -> Estimate:
    return estimate_of(replicas, chance=chance, n=one.cases, groups=one.groups)
