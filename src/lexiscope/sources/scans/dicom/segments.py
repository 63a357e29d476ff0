"""DICOM segmentations and label maps -> masks: one a segment, since they may overlap, on the grid of their volume."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.decode import read_planes
from lexiscope.sources.scans.dicom.instance import Instance, Plane, Segments
from lexiscope.sources.scans.dicom.stack import Stack

_OFF = 0.1  # of a voxel that a frame may lie off a slice
_HALF = 2  # fractional segmentations count from half of their maximum


def masks_of(instance: Instance, volumes: Sequence[Stack]) -> tuple[Stack, dict[str, NDArray[np.uint8]]]:
    """The volume that a segmentation lies on, and segment label -> mask `(z, y, x)` of 0 and 1 on its grid.

    Raises:
        SourceError: no volume has its grid, or its pixels cannot be decoded.
    """
    assert instance.segments is not None
    drawn_on = [volume for volume in volumes if volume.series in instance.segments.series]
    if instance.segments.series and not drawn_on:
        msg = f"the series that the segmentation {instance.path.name} was drawn on is not here, or cannot be used"
        raise SourceError(msg, remedy="add the series that it refers to")
    for volume in drawn_on or volumes:
        slices = _slices_of(instance, volume)
        if slices is not None:
            return volume, dict(_masks(instance, instance.segments, volume, slices))
    msg = f"the segmentation {instance.path.name} lies on another grid than the series it was drawn on"
    raise SourceError(msg, remedy="resample it to the grid of the series")


def _masks(
    instance: Instance, segments: Segments, volume: Stack, slices: list[int]
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    stored = read_planes(instance)
    if len(stored) < len(instance.planes):
        raise SourceError(f"{instance.path.name} has fewer frames than its header claims")
    least = 1 if stored.max(initial=0) <= 1 else stored.max() / _HALF
    labels: dict[str, NDArray[np.uint8]] = {}
    for plane, number in zip(instance.planes, slices, strict=True):
        for segment, inside in _segments_in(stored[plane.frame], plane, least=None if segments.numbered else least):
            label = segments.labels.get(segment) or f"segment {segment}"
            if label not in labels:
                labels[label] = np.zeros((len(volume.planes), *instance.shape), np.uint8)
            labels[label][number] |= inside.astype(np.uint8)
    yield from labels.items()


def _segments_in(frame: NDArray[Any], plane: Plane, *, least: float | None) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The segments of a frame, each with where it is: one from `least` on, or those that a label map numbers from 1."""
    if least is not None:
        yield plane.kind[0], frame >= least
    else:
        yield from ((str(number), frame == number) for number in np.unique(frame) if number)


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
