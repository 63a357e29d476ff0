"""Files -> studies -> series: by their UIDs, and by folder and geometry where UIDs are missing or one for each file."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.sources.scans.dicom.families import Placed, fill_gaps, is_one_place
from lexiscope.sources.scans.dicom.instance import Instance
from lexiscope.sources.scans.dicom.spacing import SAME, UNEVEN, depths, rounding_of

_FEWEST = 3  # files that make a row of slices
_LOST = 1.25  # positions of a row for each slice that is there, at most
_STRAY = 1.0  # mm that a slice of one row may lie off the line through it


@dataclass(frozen=True, slots=True)
class StudyFiles:
    """Files of one study.

    Args:
        name: The study's UID, or what stands in for it; the id of the case is made from it.
        instances: The files, in the order in which they were read.
        steps: Remarks for the provenance.
    """

    name: str
    instances: tuple[Instance, ...]
    steps: tuple[str, ...] = ()


def studies_of(instances: Sequence[Instance], root: Path) -> list[StudyFiles]:
    """Studies in the order of their first files.

    One UID over several patients is several studies. Without a UID, a study is what one patient has of one date; where
    the date is missing, too, it is the slices of a folder, and a picture is alone. Files with a UID each that lie in
    one row of slices are one study.
    """
    patients = _patients_of(instances)
    keys: list[tuple[Hashable, ...]] = [_study_key(instance, patients, root) for instance in instances]
    keys = _with_rows(instances, keys, root)
    studies: dict[tuple[Hashable, ...], list[Instance]] = defaultdict(list)
    for instance, key in zip(instances, keys, strict=True):
        studies[key].append(instance)
    return [_study(key, members, patients) for key, members in studies.items()]


def series_of(instances: Sequence[Instance]) -> tuple[list[list[Instance]], list[str]]:
    """Series of a study by number and UID, and remarks; rows of slices with a UID each are one series."""
    series: dict[tuple[int, str, str], list[Instance]] = defaultdict(list)
    for instance in instances:
        folder = "" if instance.series else f"{instance.path.parent} {instance.modality} {instance.hints}"
        series[instance.order, instance.series, folder].append(instance)
    beside: dict[tuple[Hashable, ...], list[tuple[int, str, str]]] = defaultdict(list)
    for key, members in sorted(series.items()):
        first = members[0]
        beside[first.order, first.modality, first.hints, first.shape, first.path.parent].append(key)
    joined, steps = [], []
    for keys in beside.values():
        parts = [series[key] for key in keys]
        if len(parts) > 1 and _is_one_series(parts):
            joined.append((keys[0], [instance for part in parts for instance in part]))
            steps.append(f"{len(parts)} SeriesInstanceUIDs of one row of slices: one series by folder and geometry")
        else:
            joined += zip(keys, parts, strict=True)
    unnamed = sum(len(members) for (_, uid, _), members in series.items() if not uid and len(members) > 1)
    if unnamed:
        steps.append(f"{unnamed} files without SeriesInstanceUID put together by folder and geometry")
    return [members for _, members in sorted(joined, key=lambda item: item[0])], steps


def _patients_of(instances: Sequence[Instance]) -> dict[str, list[str]]:
    patients: dict[str, dict[str, None]] = defaultdict(dict)
    for instance in instances:
        if instance.patient:
            patients[instance.study][instance.patient] = None
    return {study: list(names) for study, names in patients.items()}


def _study_key(instance: Instance, patients: dict[str, list[str]], root: Path) -> tuple[Hashable, ...]:
    if instance.study:
        several = len(patients.get(instance.study, ())) > 1
        return ("uid", instance.study, instance.patient if several else "")
    if instance.patient and instance.visit and instance.visit[0]:
        return ("none", instance.patient, *instance.visit)
    if _is_slice(instance):
        return ("none", instance.patient, *instance.visit, _folder(instance, root))
    return ("alone", instance.path)


def _with_rows(
    instances: Sequence[Instance], keys: list[tuple[Hashable, ...]], root: Path
) -> list[tuple[Hashable, ...]]:
    """Keys, those of single files that lie in one row of slices with the others of their folder made one."""
    sizes: dict[tuple[Hashable, ...], int] = defaultdict(int)
    for key in keys:
        sizes[key] += 1
    rows: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
    for number, (instance, key) in enumerate(zip(instances, keys, strict=True)):
        if sizes[key] == 1 and key[0] == "uid" and _is_slice(instance):
            kind = (instance.order, instance.modality, instance.hints, instance.shape)
            rows[(instance.patient, instance.path.parent, *kind)].append(number)
    made = list(keys)
    for members in rows.values():
        if _is_row([instances[number] for number in members]):
            for number in members:
                made[number] = ("row", instances[number].patient, _folder(instances[number], root))
    return made


def _study(key: tuple[Hashable, ...], members: list[Instance], patients: dict[str, list[str]]) -> StudyFiles:
    kind, *rest = key
    if kind == "uid":
        several = len(patients.get(members[0].study, ()))
        steps = (f"one StudyInstanceUID for {several} patients: a study for each",) if several > 1 else ()
        return StudyFiles(members[0].study, tuple(members), steps)
    if kind == "alone":
        return StudyFiles(f"no study {members[0].path.name}", tuple(members))
    name = " ".join(("no study", *map(str, rest)))
    if kind == "none":
        return StudyFiles(name, tuple(members), ("no StudyInstanceUID: put together by patient, date and folder",))
    step = f"{len(members)} files with a StudyInstanceUID each: one study by folder and geometry"
    return StudyFiles(name, tuple(members), (step,))


def _is_one_series(parts: list[list[Instance]]) -> bool:
    """True for single slices in one row, and for parts that fill each other's gaps."""
    if not all(_is_slice(instance) for part in parts for instance in part):
        return False
    if all(len(part) == 1 for part in parts):
        return _is_row([part[0] for part in parts])
    planes = [[(instance, instance.planes[0]) for instance in part] for part in parts]
    return is_one_place([pair for part in planes for pair in part]) and fill_gaps(planes)


def _is_slice(instance: Instance) -> bool:
    return instance.tomographic and len(instance.planes) == 1 and instance.planes[0].geometry is not None


def _is_row(instances: list[Instance]) -> bool:
    """True when slices lie on one line at even steps, but for a few that may be lost."""
    planes: list[Placed] = [(instance, instance.planes[0]) for instance in instances]
    first = planes[0][1].geometry
    if len(planes) < _FEWEST or first is None or not is_one_place(planes):
        return False
    deep = depths(planes, first)
    order = np.argsort(deep, kind="stable")
    gaps = np.diff(deep[order])
    gaps = gaps[gaps >= SAME]
    if len(gaps) < _FEWEST - 1:
        return False
    times = gaps / np.median(gaps)
    even = np.abs(times - np.round(times)).max() < max(UNEVEN, 4 * rounding_of(planes) / float(np.median(gaps)))
    return bool(even) and times.min() > 0.5 and times.sum() + 1 <= _LOST * (len(gaps) + 1) and _is_line(planes, deep)


def _is_line(planes: list[Placed], deep: NDArray[np.float64]) -> bool:
    places = np.array([plane.geometry.position for _, plane in planes if plane.geometry])
    first, last = places[deep.argmin()], places[deep.argmax()]
    share = (deep - deep.min()) / (deep.max() - deep.min())
    return bool(np.abs(places - (first + share[:, None] * (last - first))).max() <= _STRAY)


def _folder(instance: Instance, root: Path) -> str:
    return instance.path.parent.relative_to(root).as_posix() if root.is_dir() else "."
