"""Files -> studies -> series: by their UIDs, and by folder and geometry where UIDs are missing or one for each file."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.sources.scans.dicom.families import Placed, fill_gaps, is_one_family, is_one_place
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

    One UID over several patients is several studies; names tell them apart where no file states a PatientID. Without a
    UID, a study is what one patient has of one date; where the date is missing, too, it is the slices of a folder, and
    a picture is alone. Files with a UID each that lie in one row of slices are one study.
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
    unnamed = sum(len(members) for (_, uid, _), members in series.items() if not uid and len(members) > 1)
    steps = [f"{unnamed} files without SeriesInstanceUID put together by folder and geometry"] if unnamed else []
    parts = [members for _, members in sorted(series.items())]
    parts, numbered = _joined(parts, lambda first: (first.series or first.path.parent, first.shape))
    parts, named = _joined(parts, lambda first: (first.order, first.hints, first.shape, first.path.parent))
    parts, mixed = _joined(parts, lambda first: (first.hints, first.shape, first.path.parent), alike=True)
    steps += [f"{count} SeriesNumbers of one row of slices: one series by geometry" for count in numbered]
    steps += [f"{count} SeriesInstanceUIDs of one row of slices: one series by folder and geometry" for count in named]
    steps += [f"{count} series of one folder fill each other's gaps: one series by geometry" for count in mixed]
    return parts, steps


def _joined(
    parts: list[list[Instance]], kind: Callable[[Instance], Hashable], *, alike: bool = False
) -> tuple[list[list[Instance]], list[int]]:
    """Parts of series, those of one kind that lie in one row of slices put together, and of how many each was made.

    Args:
        parts: Series, or what UIDs left of them.
        kind: What parts of one series share.
        alike: Only parts of several slices whose words and numbers agree, too.
    """
    beside: dict[Hashable, list[list[Instance]]] = defaultdict(list)
    for part in parts:
        beside[part[0].modality, kind(part[0])].append(part)
    joined: dict[int, list[Instance]] = {}
    counts = []
    for members in beside.values():
        if len(members) > 1 and (not alike or _are_alike(members)) and _is_one_series(members):
            counts.append(len(members))
            joined |= {id(part): [] for part in members[1:]}
            joined[id(members[0])] = [instance for part in members for instance in part]
    made = [joined.get(id(part), part) for part in parts]
    return [part for part in made if part], counts


def _patients_of(instances: Sequence[Instance]) -> dict[str, list[str]]:
    """Patients of each study's UID; where each slice of a row names another, they are one, who has no name."""
    members: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        members[instance.study].append(instance)
    patients = {study: _persons(files) for study, files in members.items()}
    for study, files in members.items():
        if study and len(patients[study]) == len(files) >= _FEWEST and all(map(_is_slice, files)) and _is_row(files):
            patients[study] = [""]
    return patients


def _persons(files: Sequence[Instance]) -> list[str]:
    """Patients of files by their PatientIDs; by their names where no file states one."""
    ids = list(dict.fromkeys(instance.patient for instance in files if instance.patient))
    return ids or list(dict.fromkeys(instance.called for instance in files if instance.called))


def _person(instance: Instance) -> str:
    return instance.patient or instance.called


def _study_key(instance: Instance, patients: dict[str, list[str]], root: Path) -> tuple[Hashable, ...]:
    if instance.study:
        several = len(patients.get(instance.study, ())) > 1
        return ("uid", instance.study, _person(instance) if several else "")
    if instance.patient and instance.visit and instance.visit[0]:
        return ("none", instance.patient, *instance.visit)
    if _is_slice(instance):
        return ("none", _person(instance), *instance.visit, _folder(instance, root))
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
            rows[(_person(instance), instance.path.parent, *kind)].append(number)
    made = list(keys)
    for members in rows.values():
        if _is_row([instances[number] for number in members]):
            for number in members:
                made[number] = ("row", _person(instances[number]), _folder(instances[number], root))
    return made


def _study(key: tuple[Hashable, ...], members: list[Instance], patients: dict[str, list[str]]) -> StudyFiles:
    kind, *rest = key
    if kind == "uid":
        names = patients.get(members[0].study, [])
        if names == [""]:
            step = f"{len(members)} files of one row of slices with a PatientID each: one study, no patient is named"
            return StudyFiles(members[0].study, tuple(replace(i, patient="") for i in members), (step,))
        several = len(names)
        steps = (f"one StudyInstanceUID for {several} patients: a study for each",) if several > 1 else ()
        name = members[0].study if members[0].patient or several < 2 else " ".join(map(str, rest))
        return StudyFiles(name, tuple(members), steps)
    if kind == "alone":
        return StudyFiles(f"no study {members[0].path.name}", tuple(members))
    name = " ".join(("no study", *map(str, rest)))
    if kind == "none":
        return StudyFiles(name, tuple(members), ("no StudyInstanceUID: put together by patient, date and folder",))
    step = f"{len(members)} files with a StudyInstanceUID each: one study by folder and geometry"
    return StudyFiles(name, tuple(members), (step,))


def _is_one_series(parts: list[list[Instance]]) -> bool:
    """True for single slices in one row, and for parts that fill each other's gaps."""
    instances = [instance for part in parts for instance in part]
    if not all(map(_is_slice, instances)):
        return False
    if len(instances) == len(parts):
        return _is_row(instances)
    planes = [[(instance, instance.planes[0]) for instance in part] for part in parts]
    return is_one_place([pair for part in planes for pair in part]) and fill_gaps(planes)


def _are_alike(parts: list[list[Instance]]) -> bool:
    """True for parts of several slices that one family would hold."""
    planes = [(instance, plane) for part in parts for instance in part for plane in instance.planes]
    placed = all(plane.geometry is not None for _, plane in planes)
    return placed and min(map(len, parts)) >= _FEWEST and is_one_family(planes)


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
