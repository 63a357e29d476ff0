"""One study -> one draft: its series as images, its segmentations as masks, and what could not be used."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import ImageFile, Rejected
from lexiscope.sources.encode import plane_file, volume_file
from lexiscope.sources.naming import slug, unused
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.instance import Instance
from lexiscope.sources.scans.dicom.segments import masks_of
from lexiscope.sources.scans.dicom.stack import Placed, Stack, build_stack, read_stack, rescaled, stacks_of

_MOST = 16
"""Images of one series: a case holds no time series and no film, so more are thinned evenly, and that is said."""


@dataclass(slots=True)
class Study:
    """Images, masks and rejections read from one study so far."""

    root: Path
    images: dict[str, ImageFile] = field(default_factory=dict)
    masks: dict[str, ImageFile] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    volumes: list[tuple[str, Stack]] = field(default_factory=list)

    def reject(self, instance: Instance, error: SourceError, *, what: str = "", slices: int = 1) -> None:
        """Note what could not be used, with the identifiers in its path and reason hidden."""
        origin = instance.path.parent if slices > 1 else instance.path
        path = hidden(str(origin), instance.secrets)
        self.rejected.append(Rejected(path, hidden(what + str(error), instance.secrets), error.remedy))


def read_study(instances: Sequence[Instance], root: Path) -> Study:
    """Read the series of a study one after the other, then its segmentations."""
    study = Study(root)
    series: dict[tuple[int, str], list[Instance]] = defaultdict(list)
    for instance in instances:
        series[instance.order, instance.series].append(instance)
    drawn = [instance for instance in instances if instance.segments is not None]
    for _, members in sorted(series.items()):
        images = [instance for instance in members if instance.segments is None]
        if images:
            _read_series(study, images)
    for instance in drawn:
        _read_segmentation(study, instance)
    copies = sum(len(instance.copies) for instance in instances)
    if copies:
        study.steps.append(f"{copies} duplicate files left out")
    return study


def hidden(text: str, secrets: Iterable[str]) -> str:
    """`text` with every identifier replaced by ***.

    Example:
        >>> hidden("/data/Doe^Jane/scan.dcm", ["Doe^Jane"])
        '/data/***/scan.dcm'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _read_series(study: Study, instances: list[Instance]) -> None:
    base = "_".join((instances[0].modality, *instances[0].hints))
    for planes in _thinned(study, base, _stacks(instances)):
        try:
            _read_planes(study, base, planes)
        except SourceError as error:
            files = len({instance.uid for instance, _ in planes})
            study.reject(planes[0][0], error, what=f"series {base}: " if files > 1 else "", slices=files)


def _stacks(instances: list[Instance]) -> list[list[Placed]]:
    """Volumes of a series, then its planes that lie nowhere; ultrasound has no volumes."""
    placed = [(instance, plane) for instance in instances for plane in instance.planes]
    flat = [[pair] for pair in placed if pair[1].geometry is None]
    volumes = [] if instances[0].modality == "us" else stacks_of(pair for pair in placed if pair[1].geometry)
    return [*volumes, *flat]


def _thinned(study: Study, base: str, series: list[list[Placed]]) -> list[list[Placed]]:
    if len(series) <= _MOST:
        return series
    study.steps.append(f"{base}: {_MOST} of {len(series)} moments or views kept, evenly spread")
    return [series[round(i * (len(series) - 1) / (_MOST - 1))] for i in range(_MOST)]


def _read_planes(study: Study, base: str, planes: list[Placed]) -> None:
    instance, plane = planes[0]
    if len(planes) > 1:
        stack = build_stack(planes)
        file, steps = volume_file(read_stack(stack), stack.affine), stack.steps
    else:
        stack, steps = None, ()
        stored = rescaled(read_planes(instance)[plane.frame], plane.slope, plane.intercept)
        file = plane_file(stored, plane.geometry.spacing if plane.geometry else instance.spacing)
    name = unused(base, study.images)
    study.images[name] = file
    study.steps += [f"{name}: {step}" for step in (*steps, *_steps(instance, planes))]
    if stack is not None:
        study.volumes.append((name, stack))


def _steps(instance: Instance, planes: list[Placed]) -> list[str]:
    noted = [f"{len(planes)} slices sorted by position"] if len(planes) > 1 else []
    if any((plane.slope, plane.intercept) != (1.0, 0.0) for _, plane in planes):
        noted.append("rescaled")
    noted += dict.fromkeys(note for member, _ in planes for note in member.notes)
    if instance.inverted:
        noted.append("MONOCHROME1 inverted")
    if instance.tiles:
        noted.append("mosaic taken apart")
    return noted


def _read_segmentation(study: Study, instance: Instance) -> None:
    try:
        drawn = masks_of(instance, [stack for _, stack in study.volumes])
    except SourceError as error:
        study.reject(instance, error)
        return
    image = next(name for name, stack in study.volumes if stack is drawn.volume)
    labels = Counter(mask.label for mask in drawn.masks)
    for mask in drawn.masks:
        name = unused(slug(hidden(mask.label, instance.secrets), default="segment"), study.masks)
        study.masks[name] = volume_file(mask.values, drawn.volume.affine)
        study.steps.append(f"mask {name} lies on {image}")
    study.steps += [f"{image}: {step}" for step in drawn.steps]
    if any(count > 1 for count in labels.values()):
        study.steps.append(f"{image}: segments of one label are kept apart, by their numbers")
