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
from lexiscope.sources.scans.dicom.stack import build_stack

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@pytest.fixture
def volume(scanner):
    scanner.series(4, series="1.2.3")
    instances = [read_instance(path) for path in sorted(scanner.folder.rglob("*.dcm"))]
    planes = [(instance, instance.planes[0]) for instance in instances]
    return build_stack(sorted(planes, key=lambda placed: placed[1].geometry.position[2]))


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
    drawing = masks_of(segmentation(volume, [(0, "1"), (2, "1"), (2, "2")]), [volume])
    assert drawing.volume is volume
    assert [(mask.label, mask.values[:, 1, 1].tolist()) for mask in drawing.masks] == [
        ("tumour", [1, 0, 1, 0]),
        ("edema", [0, 0, 1, 0]),
    ]
    assert all(mask.values.sum() == mask.values[:, 1, 1].sum() for mask in drawing.masks)
    assert drawing.steps == ()


@pytest.mark.parametrize("numbered", [False, True])
def test_segments_of_one_label_stay_apart(volume, monkeypatch, numbered):
    stored = np.zeros((2, *volume.planes[0][0].shape), np.uint8)
    stored[0, 0, :3], stored[1, 3, :2] = 1, 2 if numbered else 1
    drawn(monkeypatch, stored)
    frames = segmentation(volume, [(0, "1"), (0, "10")], numbered=numbered)
    labels = {"1": "Lesion", ("2" if numbered else "10"): "Lesion"}
    masks = masks_of(replace(frames, segments=replace(frames.segments, labels=labels)), [volume]).masks
    assert [(mask.label, int(mask.values.sum())) for mask in masks] == [("Lesion", 3), ("Lesion", 2)]


def test_a_segment_that_no_frame_shows_is_absent(volume, monkeypatch):
    drawn(monkeypatch, np.ones((1, *volume.planes[0][0].shape)))
    drawing = masks_of(segmentation(volume, [(0, "2")]), [volume])
    assert [(mask.label, bool(mask.values.any())) for mask in drawing.masks] == [("tumour", False), ("edema", True)]
    assert {mask.values.shape for mask in drawing.masks} == {(4, *volume.planes[0][0].shape)}
    assert drawing.steps == ("segment 1 is empty: searched for and absent",)


def test_a_frame_that_names_no_segment_is_of_the_only_one_or_refused(volume, monkeypatch):
    drawn(monkeypatch, np.ones((1, *volume.planes[0][0].shape)))
    nameless = segmentation(volume, [(0, "1")])
    nameless = replace(nameless, planes=tuple(replace(plane, kind=("None",) * 7) for plane in nameless.planes))
    with pytest.raises(SourceError, match="of a segmentation of 2 segments does not say which it shows"):
        masks_of(nameless, [volume])
    one = replace(nameless, segments=replace(nameless.segments, labels={"3": "cyst"}))
    assert [mask.label for mask in masks_of(one, [volume]).masks] == ["cyst"]


def test_too_few_frames_are_refused(volume, monkeypatch):
    drawn(monkeypatch, np.ones((1, *volume.planes[0][0].shape)))
    with pytest.raises(SourceError, match="expected 2 frames in the file, as its header says, got 1"):
        masks_of(segmentation(volume, [(0, "1"), (1, "1")]), [volume])


def test_fractions_count_from_half(volume, monkeypatch):
    stored = np.zeros((1, *volume.planes[0][0].shape), np.uint8)
    stored[0, 0, :3] = [255, 128, 127]
    drawn(monkeypatch, stored)
    drawing = masks_of(segmentation(volume, [(1, "1")]), [volume])
    assert drawing.masks[0].values[1, 0, :3].tolist() == [1, 1, 0]
    assert "fractions count as the segment from half of their maximum on" in drawing.steps


def test_the_stated_maximum_of_fractions_counts_and_not_the_largest_that_occurs(volume, monkeypatch):
    stored = np.zeros((1, *volume.planes[0][0].shape), np.uint8)
    stored[0, 0, :3] = [140, 128, 100]
    drawn(monkeypatch, stored)
    frames = segmentation(volume, [(1, "1")])
    drawing = masks_of(replace(frames, segments=replace(frames.segments, maximum=255)), [volume])
    assert drawing.masks[0].values[1, 0, :3].tolist() == [1, 1, 0]


def test_a_label_map_numbers_its_segments(volume, monkeypatch):
    stored = np.zeros((1, *volume.planes[0][0].shape), np.uint8)
    stored[0, 0, :3] = [1, 2, 7]
    drawn(monkeypatch, stored)
    masks = masks_of(segmentation(volume, [(3, "")], numbered=True), [volume]).masks
    assert [mask.label for mask in masks] == ["tumour", "edema", "segment 7"]


def test_another_grid_and_an_absent_series_are_refused(volume):
    with pytest.raises(SourceError, match="lies on another grid"):
        masks_of(segmentation(volume, [(0, "1")], shift=0.3), [volume])
    with pytest.raises(SourceError, match="was drawn on is not here"):
        masks_of(segmentation(volume, [(0, "1")], series=("9.9",)), [volume])
    with pytest.raises(SourceError, match="lies on another grid"):
        masks_of(replace(segmentation(volume, [(0, "1")]), shape=(3, 3)), [volume])
