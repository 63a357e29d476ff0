"""Where planes lie and what tells them apart, from classic headers and from those of many frames."""

import numpy as np
import pytest
from pydicom.dataset import Dataset

from lexiscope.sources.scans.dicom.frames import geometry_of, missing_of, planes_of


def header(**fields):
    dataset = Dataset()
    dataset.ImagePositionPatient = [1, 2, 3]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [2.0, 0.5]
    for name, value in fields.items():
        setattr(dataset, name, value)
    return dataset


def test_a_classic_image_has_one_plane():
    (plane,) = planes_of(header(RescaleSlope=2, RescaleIntercept=-5, EchoTime=30, InstanceNumber=7), 1)
    assert plane.geometry.position == (1.0, 2.0, 3.0)
    assert plane.geometry.spacing == (2.0, 0.5)
    assert (plane.frame, plane.slope, plane.intercept) == (0, 2.0, -5.0)
    assert plane.order[-1] == 7
    assert plane.numbers[0] == 30.0


def test_echoes_are_of_another_kind():
    (one,), (two,) = planes_of(header(EchoTime=30), 1), planes_of(header(EchoTime=90), 1)
    assert one.numbers != two.numbers


def test_frames_of_an_old_multi_frame_image_lie_nowhere():
    planes = planes_of(header(), 3)
    assert [plane.frame for plane in planes] == [0, 1, 2]
    assert all(plane.geometry is None for plane in planes)


def test_frames_with_groups_have_their_own_places_and_share_the_rest():
    dataset = header()
    del dataset.ImagePositionPatient, dataset.PixelSpacing
    shared, measures = Dataset(), Dataset()
    measures.PixelSpacing = [1.0, 1.0]
    shared.PixelMeasuresSequence = [measures]
    dataset.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for z in (0, 4):
        group, position = Dataset(), Dataset()
        position.ImagePositionPatient = [0, 0, z]
        group.PlanePositionSequence = [position]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = groups
    planes = planes_of(dataset, 2)
    assert [plane.geometry.position[2] for plane in planes] == [0.0, 4.0]
    assert {plane.geometry.spacing for plane in planes} == {(1.0, 1.0)}


def test_frames_without_a_group_have_no_place_and_are_not_forgotten():
    dataset = header()
    group, position = Dataset(), Dataset()
    position.ImagePositionPatient = [0, 0, 4]
    group.PlanePositionSequence = [position]
    dataset.PerFrameFunctionalGroupsSequence = [group]
    planes = planes_of(dataset, 3)
    assert [plane.geometry is None for plane in planes] == [False, True, True]
    assert missing_of(dataset, planes[:1]) == ""
    assert "the position of each frame is missing" in missing_of(dataset, planes)


@pytest.mark.parametrize(
    ("absent", "words"),
    [
        (("PixelSpacing",), "PixelSpacing is missing"),
        (("ImagePositionPatient", "PixelSpacing"), "ImagePositionPatient and PixelSpacing are missing"),
    ],
)
def test_what_a_plane_lacks_is_named(absent, words):
    dataset = header(**dict.fromkeys(absent))
    assert missing_of(dataset, planes_of(dataset, 1)) == words
    dataset = header(ImageOrientationPatient=[1, 0, 0, 1, 0, 0])
    assert "do not make a rectangle" in missing_of(dataset, planes_of(dataset, 1))


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        (["1", "-2.50", "3.0"], 0.1),
        (["1.00", "-2.000000", "3.0"], 1.0),
        (["1", "2", "-3"], 1.0),
        (["1.5", "1e-3", "2"], 0.0),
    ],
)
def test_positions_know_the_decimals_they_are_written_with(written, unit):
    assert geometry_of([header(ImagePositionPatient=written)]).rounding == pytest.approx(unit)


@pytest.mark.parametrize(
    "fields",
    [
        {"ImagePositionPatient": None},
        {"PixelSpacing": [0.0, 1.0]},
        {"ImagePositionPatient": [1, 2]},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"ImageOrientationPatient": [2, 0, 0, 0, 1, 0]},
    ],
)
def test_geometry_that_makes_no_sense_is_none(fields):
    assert geometry_of([header(**fields)]) is None


def test_the_first_header_that_states_a_value_decides():
    near = Dataset()
    near.ImagePositionPatient = [9, 9, 9]
    assert geometry_of([near, header()]).position == (9.0, 9.0, 9.0)
    np.testing.assert_allclose(geometry_of([Dataset(), header()]).orientation, [1, 0, 0, 0, 1, 0])
