"""Planes of one series -> families that can be volumes: alike in size, orientation and kind, by tolerance."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

import numpy as np

from lexiscope.sources.scans.dicom.frames import NUMBERS, WORDS
from lexiscope.sources.scans.dicom.instance import Instance, Plane
from lexiscope.sources.scans.dicom.spacing import depths, is_even

Placed: TypeAlias = tuple[Instance, Plane]
Value: TypeAlias = tuple[str, ...] | tuple[int, ...] | tuple[float, ...] | str | float | None

_TURNED = 2e-3  # of a direction; less is the rounding of programs
_WRITTEN = 2e-3  # relative; spacings, echo times and b-values closer than this are one value, written twice
_PLACE = ("size", "orientation", "pixel spacing")
_FEWEST = 3  # planes of a volume that is put together from parts


@dataclass(slots=True)
class Family:
    """Planes that are alike.

    Args:
        traits: Name of a trait -> its value, as the first plane has it.
        planes: The planes.
        filled: Traits in which parts differ that were put together because they fill each other's gaps.
    """

    traits: dict[str, Value]
    planes: list[Placed] = field(default_factory=list)
    filled: tuple[str, ...] = ()


def families_of(planes: Iterable[Placed]) -> list[Family]:
    """Families of planes in the order in which they come; parts that fill each other's gaps are one family."""
    families: list[Family] = []
    known: dict[tuple[tuple[str, Value], ...], Family] = {}
    for placed in planes:
        traits = _traits(placed)
        key = tuple(traits.items())
        if key not in known:
            known[key] = next((f for f in families if not differing(f.traits, traits)), None) or Family(traits)
        family = known[key]
        if not family.planes:
            families.append(family)
        family.planes.append(placed)
    return list(_filled(families))


def differing(a: dict[str, Value], b: dict[str, Value]) -> list[str]:
    """Names of the traits in which two families differ by more than the rounding of programs.

    Example:
        >>> differing({"echo time": 4.92, "stack": ("1",)}, {"echo time": 4.920000076, "stack": ("2",)})
        ['stack']
    """
    return [name for name in (*a, *(n for n in b if n not in a)) if not _alike(name, a.get(name), b.get(name))]


def told_apart(families: Sequence[Family]) -> str:
    """Names of the traits that tell families of one series apart, as words."""
    names = {
        name: None for one, other in combinations(families[:50], 2) for name in differing(one.traits, other.traits)
    }
    return " and ".join(names) or "position"


def fill_gaps(parts: Sequence[Sequence[Placed]]) -> bool:
    """True when parts together are even slices, no two at one place, and some part lies between another's.

    A part of one slice may lie at the end of the others.
    """
    planes = [placed for part in parts for placed in part]
    first = planes[0][1].geometry
    assert first is not None
    ranges = [depths(part, first) for part in parts]
    single = any(len(part) == 1 for part in parts) and len(planes) > _FEWEST
    mixed = single or any(a.min() < b.max() and b.min() < a.max() for a, b in combinations(ranges, 2))
    return len(planes) >= _FEWEST and mixed and is_even(planes)


def is_one_place(planes: Sequence[Placed]) -> bool:
    """True when planes have one size, orientation and pixel spacing, by tolerance."""
    first = _traits(planes[0])
    return not any(set(_PLACE) & set(differing(first, _traits(placed))) for placed in planes[1:])


def is_one_family(planes: Sequence[Placed]) -> bool:
    """True when planes agree in every trait, by tolerance."""
    first = _traits(planes[0])
    return not any(differing(first, _traits(placed)) for placed in planes[1:])


def _traits(placed: Placed) -> dict[str, Value]:
    instance, plane = placed
    place = plane.geometry
    assert place is not None
    return {
        "size": instance.shape,
        "orientation": place.orientation,
        "pixel spacing": place.spacing,
        "description": instance.hints,
        **_words(plane.kind),
        **dict(zip(NUMBERS, plane.numbers, strict=False)),
    }


def _words(kind: tuple[str, ...]) -> dict[str, Value]:
    """Words by their name, which each starts with."""
    return {WORDS.get(name, name): value for name, _, value in (word.partition(" ") for word in kind)}


def _alike(name: str, a: Value, b: Value) -> bool:
    if a == b:
        return True
    if name == "size" or a is None or b is None or isinstance(a, str) or isinstance(b, str):
        return False
    one, other = np.atleast_1d(np.array(a)), np.atleast_1d(np.array(b))
    if one.dtype.kind not in "fi" or one.shape != other.shape or not one.size:
        return False
    if name == "orientation":
        return bool(np.abs(one - other).max() < _TURNED)
    return bool(np.allclose(one, other, rtol=_WRITTEN, atol=0))


def _filled(families: list[Family]) -> Iterator[Family]:
    """Families, those at one orientation put together when all of them, or two, fill each other's gaps."""
    left = list(families)
    while left:
        first = left.pop(0)
        while parts := _parts_of(first, left):
            left = [other for other in left if not any(other is part for part in parts)]
            first = _together([first, *parts])
        yield first


def _parts_of(first: Family, others: list[Family]) -> list[Family]:
    """Families that fill the gaps of another, or whose gaps it fills; none when there are none."""
    beside = [other for other in others if not set(_PLACE) & set(differing(first.traits, other.traits))]
    choices = ([beside] if len(beside) > 1 else []) + [[other] for other in beside]
    return next((parts for parts in choices if fill_gaps([part.planes for part in (first, *parts)])), [])


def _together(parts: list[Family]) -> Family:
    names = {name: None for one, other in combinations(parts, 2) for name in differing(one.traits, other.traits)}
    planes = [placed for part in parts for placed in part.planes]
    return Family(parts[0].traits, planes, tuple(names))
