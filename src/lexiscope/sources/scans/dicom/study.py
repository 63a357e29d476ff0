"""One study -> one draft: its series as images, its segmentations as masks, and what could not be used."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.draft import ImageFile, Rejected
from lexiscope.sources.encode import plane_file, volume_file
from lexiscope.sources.naming import slug, unused
from lexiscope.sources.scans.dicom.belonging import series_of
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.families import Placed, families_of, told_apart
from lexiscope.sources.scans.dicom.instance import Instance
from lexiscope.sources.scans.dicom.moments import moments_of
from lexiscope.sources.scans.dicom.repeats import without_copies, without_resent
from lexiscope.sources.scans.dicom.segments import masks_of
from lexiscope.sources.scans.dicom.stack import Stack, build_stack, lone_slice, read_stack, rescaled

_MOST = 16
"""Images of one series: a case holds no time series and no film, so more are thinned evenly, and that is said."""

_REMEDY = "export the series again with its geometry; without it slices are no volume"


@dataclass(slots=True)
class Study:
    """Images, masks and rejections read from one study so far; `files` counts its files without copies."""

    root: Path
    files: int = 0
    images: dict[str, ImageFile] = field(default_factory=dict)
    masks: dict[str, ImageFile] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    volumes: list[tuple[str, Stack]] = field(default_factory=list)

    def reject(self, instance: Instance, error: SourceError, *, what: str = "", slices: int = 1) -> None:
        """Note what could not be used, with the identifiers in its reason hidden."""
        origin = instance.path.parent if slices > 1 else instance.path
        self.rejected.append(Rejected(str(origin), hidden(what + str(error), instance.secrets), error.remedy))


def read_study(instances: Sequence[Instance], root: Path) -> Study:
    """Read the series of a study one after the other, then its segmentations."""
    instances, shared = without_copies(instances)
    series, joined = series_of(instances)
    series, resent = without_resent(series)
    study = Study(root, files=len(instances), steps=[*shared, *joined, *resent])
    drawn = [instance for instance in instances if instance.segments is not None]
    for members in series:
        images = [instance for instance in members if instance.segments is None]
        if images:
            _read_series(study, images)
    secrets = frozenset[str]().union(*(instance.secrets for instance in instances))
    for instance in drawn:
        _read_segmentation(study, instance, secrets)
    copies = sum(len(instance.copies) for instance in instances)
    if copies:
        study.steps.append(f"{copies} duplicate files left out")
    return study


def hidden(text: str, secrets: Iterable[str]) -> str:
    """`text` with every identifier replaced by ***, in capitals or not and with any separators.

    Example:
        >>> hidden("/data/doe_jane/scan.dcm", ["Doe^Jane"])
        '/data/***/scan.dcm'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        words = [re.escape(word) for word in re.split(r"[\W_]+", secret) if word]
        if words:
            start = r"(?<![^\W\d_])" if secret.isalpha() and secret.isascii() else ""  # "ross" is no part of "across"
            text = re.sub(start + r"[\W_]*".join(words), "***", text, flags=re.IGNORECASE)
    return text


def _read_series(study: Study, instances: list[Instance]) -> None:
    base = "_".join((instances[0].modality, *instances[0].hints))
    placed = [(instance, plane) for instance in instances for plane in instance.planes]
    lying = [pair for pair in placed if pair[1].geometry is not None]
    nowhere = [pair for pair in placed if pair[1].geometry is None]
    flat = _pictures(study, base, nowhere, alone=len(placed) == 1)
    volumes = [[pair] for pair in lying] if instances[0].modality == "us" else _volumes(study, base, lying)
    for planes in _thinned(study, base, [*_without_turning(study, base, volumes), *flat]):
        try:
            _read_planes(study, base, planes)
        except SourceError as error:
            _reject_planes(study, base, planes, error)


def _pictures(study: Study, base: str, planes: list[Placed], *, alone: bool) -> list[list[Placed]]:
    """Planes that lie nowhere, each a picture of its own; cross-sections of a series are refused without a place."""
    sections = [] if alone else [pair for pair in planes if pair[0].tomographic]
    pictures = [[pair] for pair in planes if alone or not pair[0].tomographic]
    if sections:
        _reject_planes(study, base, sections, _without_place(sections))
    if len(pictures) > 1:
        study.steps.append(f"{base}: {len(pictures)} pictures without a place, each an image of its own")
    return pictures


def _without_place(planes: list[Placed]) -> SourceError:
    lacking = next((instance.missing for instance, _ in planes if instance.missing), "their place is missing")
    slices = "1 slice" if len(planes) == 1 else f"{len(planes)} slices"
    return SourceError(f"{slices} cannot be put in place: {lacking}", remedy=_REMEDY)


def _volumes(study: Study, base: str, planes: list[Placed]) -> list[list[Placed]]:
    """Planes by family and time point, each sorted along its normal."""
    families = families_of(planes)
    if len(families) > 1:
        study.steps.append(f"{base}: split into {len(families)} by {told_apart(families)}")
    study.steps += [
        f"{base}: parts that differ in {' and '.join(family.filled)} fill each other's gaps and are one volume"
        for family in families
        if family.filled
    ]
    return [volume for family in families for volume in _time_points(study, base, family.planes)]


def _time_points(study: Study, base: str, planes: list[Placed]) -> list[list[Placed]]:
    try:
        moments = moments_of(planes)
    except SourceError as error:
        _reject_planes(study, base, planes, error)
        return []
    several = len(moments.volumes) + len(moments.incomplete)
    if several > 1:
        study.steps.append(f"{base}: {several} time points told apart by {' and '.join(moments.told_by)}")
    if moments.repeated:
        slices = "1 slice" if moments.repeated == 1 else f"{moments.repeated} slices"
        study.steps.append(f"{base}: {slices} sent twice left out: the pixels are there already")
    if moments.replaced:
        slices = "1 slice" if moments.replaced == 1 else f"{moments.replaced} slices"
        study.steps.append(f"{base}: {slices} left out: their place was scanned again, and the later slice was taken")
    for volume, lacking in moments.incomplete:
        msg = f"{lacking} of {lacking + len(volume)} slices are missing in one of {several} time points"
        _reject_planes(study, base, volume, SourceError(msg, remedy="export the series again with all of its slices"))
    return moments.volumes


def _without_turning(study: Study, base: str, volumes: list[list[Placed]]) -> list[list[Placed]]:
    """Volumes, without cross-sections that turn or scatter so that most of them make no volume."""
    apart = [len(planes) == 1 and planes[0][0].tomographic for planes in volumes]
    single = [planes for planes, is_apart in zip(volumes, apart, strict=True) if is_apart]
    if len(single) <= _MOST:
        return volumes
    msg = f"{len(single)} slices lie apart, each at a place or of a kind of its own, and make no volume"
    error = SourceError(msg, remedy="reformat them to parallel slices")
    _reject_planes(study, base, [planes[0] for planes in single], error)
    return [planes for planes, is_apart in zip(volumes, apart, strict=True) if not is_apart]


def _reject_planes(study: Study, base: str, planes: list[Placed], error: SourceError) -> None:
    files = len({instance.path for instance, _ in planes})
    study.reject(planes[0][0], error, what=f"series {base}: " if files > 1 else "", slices=files)


def _thinned(study: Study, base: str, series: list[list[Placed]]) -> list[list[Placed]]:
    if len(series) <= _MOST:
        return series
    study.steps.append(f"{base}: {_MOST} of {len(series)} moments or views kept, evenly spread")
    return [series[round(i * (len(series) - 1) / (_MOST - 1))] for i in range(_MOST)]


def _read_planes(study: Study, base: str, planes: list[Placed]) -> None:
    instance, plane = planes[0]
    stack: Stack | None
    if len(planes) > 1:
        stack = build_stack(planes)
        file, steps = volume_file(read_stack(stack), stack.affine), stack.steps
    else:
        is_slice = plane.geometry is not None and instance.modality != "us"
        stack, steps = lone_slice(planes[0]) if is_slice else None, ()
        stored = rescaled(read_planes(instance)[plane.frame], plane.slope, plane.intercept)
        file = plane_file(stored, plane.geometry.spacing if plane.geometry else instance.spacing)
    name = unused(base, study.images)
    files = dict.fromkeys(member.path for member, _ in planes)  # a file of several frames once
    study.images[name] = replace(file, files=tuple(files))
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


def _read_segmentation(study: Study, instance: Instance, secrets: frozenset[str]) -> None:
    try:
        drawn = masks_of(instance, [stack for _, stack in study.volumes])
    except SourceError as error:
        study.reject(instance, error)
        return
    image = next(name for name, stack in study.volumes if stack is drawn.volume)
    labels = Counter(mask.label for mask in drawn.masks)
    for mask in drawn.masks:
        name = unused(slug(hidden(mask.label, secrets), default="segment"), study.masks)
        study.masks[name] = _mask_file(mask.values, drawn.volume)
        study.steps.append(f"mask {name} lies on {image}")
    study.steps += [f"{image}: {step}" for step in drawn.steps]
    if any(count > 1 for count in labels.values()):
        study.steps.append(f"{image}: segments of one label are kept apart, by their numbers")


def _mask_file(values: NDArray[np.uint8], volume: Stack) -> ImageFile:
    """A mask as its image is kept: a volume, or a plane where the image is a single slice."""
    geometry = volume.planes[0][1].geometry
    if len(volume.planes) > 1 or geometry is None:
        return volume_file(values, volume.affine)
    return plane_file(values[0], geometry.spacing)
