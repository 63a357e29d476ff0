"""`class_units`: which units respond to a concept that other modalities respond to as well, and which to one alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lexiscope.interpret.pooled import Place
from lexiscope.interpret.semantics.dissect import Dissection
from lexiscope.interpret.subject import FUSED

DETECTOR = 0.04  # IoU of a detector in Network Dissection
UnitClass: TypeAlias = Literal["consistent", "special", "dead"]
CLASSES: tuple[UnitClass, ...] = ("consistent", "special", "dead")

FORMULA = {
    "IoU": (
        "sum |M n L| / (sum |M| over cases in which L was looked for + sum |L| - sum |M n L|), M where the unit is "
        "above its threshold T with P(a > T) = 0.005 (Network Dissection); maps stretched by nearest neighbours"
    ),
    "detector": f"IoU > {DETECTOR} with the concept that it overlaps most with",
    "classes (own definition)": (
        "a detector is consistent where another modality has a detector of its concept at the same level, special "
        "where none has; a unit that never changes is dead"
    ),
}


@dataclass(frozen=True)
class UnitClasses:
    """Units of one place by class.

    Args:
        detectors: Unit -> concept that it detects.
        units: Class -> units.
    """

    detectors: Mapping[int, str]
    units: Mapping[UnitClass, Sequence[int]]


def detectors_of(one: Dissection, *, detector: float = DETECTOR) -> dict[int, str]:
    """Unit -> the concept that it overlaps most with, for units of a place whose IoU is large enough."""
    if not one.concepts:
        return {}
    iou = one.iou()
    best = iou.argmax(axis=1)
    return {unit: one.concepts[best[unit]] for unit in range(one.units) if iou[unit, best[unit]] > detector}


def class_units(
    detectors: Mapping[Place, Mapping[int, str]], dead: Mapping[Place, Sequence[int]]
) -> dict[Place, UnitClasses]:
    """Units of every place by class; behind fusion there are no other modalities, and detectors are in no class.

    Args:
        detectors: Place -> unit -> concept that it detects.
        dead: Place -> units that never change.

    Example:
        >>> found = {("a", "1"): {0: "crack", 1: "pore"}, ("b", "1"): {5: "crack"}}
        >>> class_units(found, {place: [] for place in found})["a", "1"].units
        {'consistent': [0], 'special': [1], 'dead': []}
    """
    return {place: _classes(place, detectors, dead[place]) for place in detectors}


def _classes(place: Place, detectors: Mapping[Place, Mapping[int, str]], dead: Sequence[int]) -> UnitClasses:
    branch, level = place
    elsewhere = {
        concept
        for (other, here), found in detectors.items()
        if here == level and other not in (branch, FUSED)
        for concept in found.values()
    }
    classed = {} if branch == FUSED else detectors[place]
    units: dict[UnitClass, Sequence[int]] = {
        "consistent": [unit for unit, concept in classed.items() if concept in elsewhere],
        "special": [unit for unit, concept in classed.items() if concept not in elsewhere],
        "dead": list(dead),
    }
    return UnitClasses(detectors[place], units)
