"""DICOM segmentations and label maps -> masks: one a segment, since they may overlap, on the grid of their volume.

A segment that the file describes and that no frame shows was searched for and is absent: its mask is empty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.instance import Instance, Plane, Segments
from lexiscope.sources.scans.dicom.stack import Stack

_OFF = 0.1  # of a voxel that a frame may lie off a slice
_HALF = 2  # fractional segmentations count from half of their maximum
_BACKGROUND = "0"  # of a label map
_FRACTIONS = "fractions count as the segment from half of their maximum on"


@dataclass(frozen=True, slots=True)
class Mask:
    """One segment on the grid of its volume.

    Args:
        label: Label of the segment; segments that share one stay apart.
        values: Array `(z, y, x)` of 0 and 1.
    """

    label: str
    values: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks of a segmentation, in the order of their segments' numbers.

    Args:
        volume: The volume whose grid they lie on.
        masks: One mask a segment; one that is named and has no frame was searched for, and its mask is empty.
        steps: Remarks for the provenance.
    """

    volume: Stack
    masks: tuple[Mask, ...]
    steps: tuple[str, ...] = ()


def masks_of(instance: Instance, volumes: Sequence[Stack]) -> Masks:
    """The masks of a segmentation, one a segment, on the volume that it was drawn on.

    Raises:
        SourceError: no volume has its grid, a frame does not say which segment it shows, or its pixels cannot be
            decoded.
    """
    assert instance.segments is not None
    drawn_on = [volume for volume in volumes if volume.series in instance.segments.series]
    if instance.segments.series and not drawn_on:
        msg = "the series that the segmentation was drawn on is not here, or cannot be used"
        raise SourceError(msg, remedy="add the series that it refers to")
    for volume in drawn_on or volumes:
        slices = _slices_of(instance, volume)
        if slices is not None:
            return _masks(instance, instance.segments, volume, slices)
    msg = "the segmentation lies on another grid than the series it was drawn on"
    raise SourceError(msg, remedy="resample it to the grid of the series")


def _masks(instance: Instance, segments: Segments, volume: Stack, slices: list[int]) -> Masks:
    stored = read_planes(instance)
    if len(stored) < len(instance.planes):
        msg = f"expected {len(instance.planes)} frames in the file, as its header says, got {len(stored)}"
        raise SourceError(msg, remedy="export the segmentation again")
    maximum = segments.maximum or max(1, int(stored.max(initial=0)))
    drawn: dict[str, NDArray[np.uint8]] = {}
    for plane, number in zip(instance.planes, slices, strict=True):
        for segment, inside in _segments_in(stored[plane.frame], plane, segments, least=maximum / _HALF):
            if segment not in drawn:
                drawn[segment] = np.zeros((len(volume.planes), *instance.shape), np.uint8)
            drawn[segment][number] |= inside.astype(np.uint8)
    absent = [segment for segment in segments.labels if segment not in drawn and segment != _BACKGROUND]
    for segment in absent:
        drawn[segment] = np.zeros((len(volume.planes), *instance.shape), np.uint8)
    masks = tuple(Mask(_label(segments, segment), drawn[segment]) for segment in sorted(drawn, key=_by_number))
    empty = [f"segment {segment} is empty: searched for and absent" for segment in absent]
    return Masks(volume, masks, (*([_FRACTIONS] if maximum > 1 and not segments.numbered else []), *empty))


def _segments_in(
    frame: NDArray[Any], plane: Plane, segments: Segments, *, least: float
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The segments of a frame, each with where it is: one from `least` on, or those that a label map numbers from 1."""
    if segments.numbered:
        yield from ((str(number), frame == number) for number in np.unique(frame) if number)
    else:
        yield _segment_of(plane, segments), frame >= least


def _segment_of(plane: Plane, segments: Segments) -> str:
    """Number of the segment that a frame shows; the only one there is where the frame does not say."""
    if len(plane.kind) == 1:
        return plane.kind[0]
    if len(segments.labels) == 1:
        return next(iter(segments.labels))
    msg = f"frame {plane.frame + 1} of a segmentation of {len(segments.labels)} segments does not say which it shows"
    raise SourceError(msg, remedy="export the segmentation again")


def _label(segments: Segments, segment: str) -> str:
    return segments.labels.get(segment) or f"segment {segment}"


def _by_number(segment: str) -> tuple[int, str]:
    return (int(segment) if segment.isdecimal() else 0, segment)


def _slices_of(instance: Instance, volume: Stack) -> list[int] | None:
    """Indices of the slices that the frames lie on; None when one lies on none."""
    slices = [_slice_of(plane, instance, volume) for plane in instance.planes]
    numbers = [number for number in slices if number is not None]
    return numbers if len(numbers) == len(slices) else None


def _slice_of(plane: Plane, instance: Instance, volume: Stack) -> int | None:
    """Index of the slice that a frame lies on; None when it lies on none."""
    first, first_plane = volume.planes[0]
    place, grid = plane.geometry, first_plane.geometry
    shape = tuple(_shape(first))
    if place is None or grid is None or instance.shape != shape:
        return None
    if not np.allclose(place.orientation, grid.orientation, atol=1e-3):
        return None
    if not np.allclose(place.spacing, grid.spacing, rtol=1e-3):
        return None
    ras = np.array([-place.position[0], -place.position[1], place.position[2], 1.0])
    voxel = np.linalg.solve(volume.affine, ras)[:3]
    number = round(float(voxel[2]))
    near = np.abs(voxel - [0, 0, number]).max() < _OFF
    return number if near and 0 <= number < len(volume.planes) else None


def _shape(instance: Instance) -> tuple[int, int]:
    if not instance.tiles:
        return instance.shape
    side = int(np.ceil(np.sqrt(instance.tiles)))
    return instance.shape[0] // side, instance.shape[1] // side
