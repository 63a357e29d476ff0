"""Segments become masks on the grid of the volume they were drawn on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom import segments as room
from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.instance import Geometry, Instance, Plane, Segments
from lexiscope.sources.scans.dicom.segments import masks_of
from lexiscope.sources.scans.dicom.stack import build_stack, stacks_of

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@pytest.fixture
def volume(scanner):
    scanner.series(4, series="1.2.3")
    instances = [read_instance(path) for path in sorted(scanner.folder.rglob("*.dcm"))]
    (planes,) = stacks_of((instance, instance.planes[0]) for instance in instances)
    return build_stack(planes)


def segmentation(volume, frames, *, series=("1.2.3",), numbered=False, shift=0.0):
    """Frames as (slice, number of the segment)."""
    positions = [plane.geometry.position for _, plane in volume.planes]
    spacing = volume.planes[0][1].geometry.spacing
    planes = tuple(
        Plane(number, Geometry((x + shift, y, z), AXIAL, spacing), kind=(segment,))
        for number, (place, segment) in enumerate(frames)
        for x, y, z in (positions[place],)
    )
    shape = volume.planes[0][0].shape
    labels = {"1": "tumour", "2": "edema"}
    segments = Segments(labels, series, numbered=numbered)
    return Instance(Path("seg.dcm"), "u", "st", "seg", "p", "seg", 9, (), shape, planes, segments=segments)


def drawn(monkeypatch, stored):
    monkeypatch.setattr(room, "read_planes", lambda _: np.asarray(stored))


def test_each_segment_is_a_mask_and_they_may_overlap(volume, monkeypatch):
    shape = volume.planes[0][0].shape
    stored = np.zeros((3, *shape), np.uint8)
    stored[:, 1, 1] = 1
    drawn(monkeypatch, stored)
    found, masks = masks_of(segmentation(volume, [(0, "1"), (2, "1"), (2, "2")]), [volume])
    assert found is volume
    assert {name: mask[:, 1, 1].tolist() for name, mask in masks.items()} == {
        "tumour": [1, 0, 1, 0],
        "edema": [0, 0, 1, 0],
    }
    assert all(mask.sum() == mask[:, 1, 1].sum() for mask in masks.values())


def test_fractions_count_from_half(volume, monkeypatch):
    stored = np.zeros((1, *volume.planes[0][0].shape), np.uint8)
    stored[0, 0, :3] = [255, 128, 127]
    drawn(monkeypatch, stored)
    _, masks = masks_of(segmentation(volume, [(1, "1")]), [volume])
    assert masks["tumour"][1, 0, :3].tolist() == [1, 1, 0]


def test_a_label_map_numbers_its_segments(volume, monkeypatch):
    stored = np.zeros((1, *volume.planes[0][0].shape), np.uint8)
    stored[0, 0, :3] = [1, 2, 7]
    drawn(monkeypatch, stored)
    _, masks = masks_of(segmentation(volume, [(3, "")], numbered=True), [volume])
    assert set(masks) == {"tumour", "edema", "segment 7"}


def test_another_grid_and_an_absent_series_are_refused(volume):
    with pytest.raises(SourceError, match="lies on another grid"):
        masks_of(segmentation(volume, [(0, "1")], shift=0.3), [volume])
    with pytest.raises(SourceError, match="was drawn on is not here"):
        masks_of(segmentation(volume, [(0, "1")], series=("9.9",)), [volume])
    with pytest.raises(SourceError, match="lies on another grid"):
        masks_of(replace(segmentation(volume, [(0, "1")]), shape=(3, 3)), [volume])
