"""Planes of one family that repeat positions -> time points, by their own tags before their rank."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.families import Placed
from lexiscope.sources.scans.dicom.frames import TIMES
from lexiscope.sources.scans.dicom.repeats import PixelDigests
from lexiscope.sources.scans.dicom.spacing import SAME, depths

_ASIDE = 1.0  # mm within the plane beyond which planes at one depth lie beside each other
_CLOCKS = ("AcquisitionTime", "FrameAcquisitionTime", "ContentTime")
_NOON = 120_000.0
_ROUNDED = 3  # decimals of a time that count
_SCANNED_AGAIN = 4  # of so many positions at most one holds a slice that was scanned again


@dataclass(slots=True)
class Moments:
    """Time points of one family of planes, and how they were found.

    Args:
        volumes: Planes of each time point, sorted along the normal.
        told_by: Tags that tell the time points apart.
        repeated: Slices that were left out because their pixels are there already.
        incomplete: Time points that lack slices of the others, each with how many.
        replaced: Slices that were left out because their position was scanned again later.
    """

    volumes: list[list[Placed]]
    told_by: list[str] = field(default_factory=list)
    repeated: int = 0
    incomplete: list[tuple[list[Placed], int]] = field(default_factory=list)
    replaced: int = 0


def moments_of(planes: Sequence[Placed]) -> Moments:
    """Time points of planes that are alike; one when no position repeats.

    Raises:
        SourceError: positions repeat unequally, and no tag says which planes belong together.
    """
    first = planes[0][1].geometry
    assert first is not None
    order = np.argsort(depths(planes, first), kind="stable")
    ordered = [planes[index] for index in order]
    positions = _positions(depths(ordered, first))
    if len(set(positions)) == len(positions):
        return Moments([ordered])
    place = {id(placed): position for placed, position in zip(ordered, positions, strict=True)}
    splitter = _Splitter(place)
    volumes = splitter.split(ordered, _tags(ordered))
    moments = Moments([], splitter.told_by, splitter.repeated, replaced=splitter.replaced)
    _add_distinct(moments, [_in_order(volume, place) for volume in volumes], place, splitter.digests)
    return moments


def _positions(sorted_depths: NDArray[np.float64]) -> list[int]:
    """Number of the position of each depth: depths closer than 0.01 mm to a position's first are at it."""
    numbers: list[int] = []
    last = -np.inf
    for depth in sorted_depths:
        if depth - last >= SAME:
            last = depth
            numbers.append(numbers[-1] + 1 if numbers else 0)
        else:
            numbers.append(numbers[-1])
    return numbers


def _tags(planes: Sequence[Placed]) -> list[tuple[str, dict[int, float | None]]]:
    """Tags by name, each with its value for every plane (by identity); the place within the plane first."""
    aside = _aside(planes)
    tags: list[tuple[str, dict[int, float | None]]] = [("their place within the plane", aside)]
    for number, name in enumerate(TIMES):
        values = {id(placed): _time(placed, number) for placed in planes}
        values = _past_midnight(values) if name in _CLOCKS else values
        if len(set(values.values())) > 1:
            tags.append((name, values))
    return tags


def _past_midnight(values: dict[int, float | None]) -> dict[int, float | None]:
    """Times of day (HHMMSS), those after midnight behind those before it where a scan went on over it."""
    stated = [value for value in values.values() if value is not None]
    if not stated or max(stated) - min(stated) <= _NOON:
        return values
    return {key: value + 2 * _NOON if value is not None and value < _NOON else value for key, value in values.items()}


def _time(placed: Placed, number: int) -> float | None:
    times = placed[1].times
    value = times[number] if number < len(times) else None
    return None if value is None else round(value, _ROUNDED)


def _aside(planes: Sequence[Placed]) -> dict[int, float | None]:
    """Number of the group of planes that lie at one place within the plane, farther than 1 mm from the others."""
    first = planes[0][1].geometry
    assert first is not None
    inside = np.array([first.orientation[:3], first.orientation[3:]])
    groups: list[NDArray[np.float64]] = []
    numbers: dict[int, float | None] = {}
    for placed in planes:
        geometry = placed[1].geometry
        assert geometry is not None
        here = inside @ np.array(geometry.position)
        near = next((n for n, place in enumerate(groups) if np.abs(place - here).max() < _ASIDE), len(groups))
        if near == len(groups):
            groups.append(here)
        numbers[id(placed)] = float(near)
    return numbers


@dataclass(slots=True)
class _Splitter:
    """Divides planes until no position repeats.

    Args:
        place: Number of the position of each plane, by identity.
        digests: Hashes of pixels.
        told_by: Tags that divided.
        repeated: Planes left out.
        replaced: Planes left out for later ones with other pixels.
    """

    place: dict[int, int]
    digests: PixelDigests = field(default_factory=PixelDigests)
    told_by: list[str] = field(default_factory=list)
    repeated: int = 0
    replaced: int = 0

    def split(self, planes: list[Placed], tags: Sequence[tuple[str, dict[int, float | None]]]) -> list[list[Placed]]:
        """Groups of planes without a repeated position."""
        if max(self._counts(planes).values()) == 1:
            return [planes]
        for number, (name, values) in enumerate(tags):
            groups = self._divided(planes, values)
            if groups:
                self._tell(name)
                return [volume for group in groups for volume in self.split(group, tags[number + 1 :])]
        counts = self._counts(planes)
        for target in (Counter(counts.values()).most_common(1)[0][0], min(counts.values())):
            trimmed = self._trimmed(planes, target)
            if trimmed is not None:
                self.repeated += len(planes) - len(trimmed)
                return self._by_rank(trimmed)
        return self._by_rank(planes)

    def _counts(self, planes: Sequence[Placed]) -> Counter[int]:
        return Counter(self.place[id(placed)] for placed in planes)

    def _tell(self, name: str) -> None:
        if name not in self.told_by:
            self.told_by.append(name)

    def _divided(self, planes: list[Placed], values: dict[int, float | None]) -> list[list[Placed]]:
        """Planes by a tag, in the order of its values; none when it says nothing about time points.

        A tag that differs from slice to slice is none of time: its groups hold less than half of the positions. One
        whose groups share no position tells parts of a volume apart.
        """
        groups: dict[float | None, list[Placed]] = defaultdict(list)
        for placed in planes:
            groups[values[id(placed)]].append(placed)
        held = sum(len(self._counts(group)) for group in groups.values())
        places = len(self._counts(planes))
        explains = held > places and 2 * held >= len(groups) * places
        if None in groups or len(groups) < 2 or not explains:
            return []
        return [groups[key] for key in sorted(groups, key=lambda key: key or 0.0)]

    def _trimmed(self, planes: list[Placed], most: int) -> list[Placed] | None:
        """Planes without those that show the pixels of another at their position, where it holds more than `most`.

        None when nothing is to be left out, or some position holds more different ones.
        """
        counts = self._counts(planes)
        if max(counts.values()) <= most:
            return None
        kept: dict[int, list[Placed]] = defaultdict(list)
        left = dict(counts)
        for placed in planes:
            place = self.place[id(placed)]
            again = left[place] > most and any(self.digests.same(placed, other) for other in kept[place])
            left[place] -= again
            if not again:
                kept[place].append(placed)
        if max(map(len, kept.values())) > most:
            return None
        return [placed for place in sorted(kept) for placed in kept[place]]

    def _by_rank(self, planes: list[Placed]) -> list[list[Placed]]:
        """Time points by the numbers of the instances, or by their rank where every position holds as many."""
        counts = self._counts(planes)
        if max(counts.values()) == 1:
            return [planes]
        if len(set(counts.values())) > 1:
            return self._by_number(planes) or self._latest(planes)
        self._tell("the order of their instances")
        by_place: dict[int, list[Placed]] = defaultdict(list)
        for placed in sorted(planes, key=_age):
            by_place[self.place[id(placed)]].append(placed)
        return [list(moment) for moment in zip(*by_place.values(), strict=True)]

    def _by_number(self, planes: list[Placed]) -> list[list[Placed]]:
        """Time points with lost slices, by instance numbers that run on from slice to slice, or from time to time.

        Empty when the numbers do not say which slices belong together.
        """
        counts = self._counts(planes)
        numbers = {id(placed): placed[1].order[-1] if placed[1].order else 0 for placed in planes}
        if len(set(numbers.values())) == len(planes):
            by_time = _runs(numbers, self.place, size=len(counts), times=max(counts.values()))
            moment = by_time or _runs(numbers, self.place, size=max(counts.values()), times=len(counts), turned=True)
            if moment:
                self._tell("InstanceNumber")
                groups: dict[int, list[Placed]] = defaultdict(list)
                for placed in planes:
                    groups[moment[id(placed)]].append(placed)
                return [groups[key] for key in sorted(groups)]
        return []

    def _latest(self, planes: list[Placed]) -> list[list[Placed]]:
        """The latest slice of each position, where only a few positions were scanned again.

        Raises:
            SourceError: more than a quarter of the positions hold several slices.
        """
        counts = self._counts(planes)
        again = sum(count > 1 for count in counts.values())
        if again * _SCANNED_AGAIN <= len(counts):
            latest = {self.place[id(placed)]: placed for placed in sorted(planes, key=_age)}
            self.replaced += len(planes) - len(latest)
            return [list(latest.values())]
        msg = f"positions hold {min(counts.values())} to {max(counts.values())} different slices"
        remedy = "export the series again, each time point as a series of its own"
        raise SourceError(f"{msg}, and no tag says which of them belong together", remedy=remedy)


def _age(placed: Placed) -> tuple[tuple[int, ...], str, int]:
    """What orders planes at one position."""
    return placed[1].order, str(placed[0].path), placed[1].frame


def _runs(
    numbers: dict[int, int], place: dict[int, int], *, size: int, times: int, turned: bool = False
) -> dict[int, int]:
    """Time point of each plane, when its number counts positions along the normal, `size` numbers a run.

    Args:
        numbers: Instance number of each plane.
        place: Position of each plane.
        size: Numbers of a run.
        times: Runs that there are.
        turned: Runs are positions, and the numbers within one count time points.
    """
    start = min(numbers.values())
    for first in range(start, start - size, -1):  # the very first slices may be lost
        split = {key: divmod(number - first, size) for key, number in numbers.items()}
        pairs = {(run if turned else rest, place[key]) for key, (run, rest) in split.items()}
        if _is_monotone(pairs) and len({run for run, _ in split.values()}) == times:
            return {key: rest if turned else run for key, (run, rest) in split.items()}
    return {}


def _is_monotone(pairs: set[tuple[int, int]]) -> bool:
    """True when numbers and positions belong together one for one, up or down."""
    ordered = [position for _, position in sorted(pairs)]
    one_for_one = len(pairs) == len({number for number, _ in pairs}) == len(set(ordered))
    return one_for_one and ordered in (sorted(ordered), sorted(ordered, reverse=True))


def _in_order(volume: list[Placed], place: dict[int, int]) -> list[Placed]:
    return sorted(volume, key=lambda placed: place[id(placed)])


def _add_distinct(moments: Moments, volumes: list[list[Placed]], place: dict[int, int], digests: PixelDigests) -> None:
    """Add time points, without those whose pixels are all in another, and apart from those that lack slices.

    Whole time points with tags of their own stay, whatever they show.
    """
    at = [{place[id(placed)]: placed for placed in volume} for volume in volumes]
    alike: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    largest = max(map(len, at))
    kept: list[int] = []
    tagged = bool(set(moments.told_by) & set(TIMES))
    for number, volume in sorted(enumerate(at), key=lambda item: -len(item[1])):
        if tagged and len(volume) == largest:
            kept.append(number)
            continue
        middle = sorted(volume)[len(volume) // 2]
        key = (middle, digests.of(*volume[middle]))
        earlier = alike[key] if len(volume) == largest else kept
        if any(_shows(at[other], volume, digests) for other in earlier):
            moments.repeated += len(volume)
            continue
        alike[key].append(number)
        kept.append(number)
    for number in sorted(kept):
        lacking = _lacking(at[number], at)
        if lacking:
            moments.incomplete.append((volumes[number], lacking))
        else:
            moments.volumes.append(volumes[number])


def _lacking(volume: dict[int, Placed], volumes: list[dict[int, Placed]]) -> int:
    """Slices that another time point has beside all of a time point's; 0 when none has."""
    return max((len(other) - len(volume) for other in volumes if volume.keys() < other.keys()), default=0)


def _shows(kept: dict[int, Placed], volume: dict[int, Placed], digests: PixelDigests) -> bool:
    return volume.keys() <= kept.keys() and all(digests.same(kept[place], placed) for place, placed in volume.items())
