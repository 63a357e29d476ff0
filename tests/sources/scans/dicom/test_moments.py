"""Repeated positions become time points by their tags; lost and repeated slices never mix two of them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom import repeats
from lexiscope.sources.scans.dicom.frames import TIMES
from lexiscope.sources.scans.dicom.instance import Geometry, Instance, Plane
from lexiscope.sources.scans.dicom.moments import moments_of

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def placed(z, *, number=0, x=10.0, pixels=None, **times):
    tags = tuple(times.get(name) for name in TIMES)
    plane = Plane(0, Geometry((x, 20.0, z), AXIAL, (1.0, 1.0)), times=tags, order=(0, number))
    path = Path(f"{z}-{number}-{x}-{times}")
    instance = Instance(path, str(path), "st", "se", "p", "mr", 1, (), (1, 1), (plane,))
    object.__setattr__(instance, "attributes", {"value": hash(path) % 2**40 if pixels is None else pixels})
    return instance, plane


@pytest.fixture(autouse=True)
def pixels_of_the_test(monkeypatch):
    monkeypatch.setattr(repeats, "read_planes", lambda instance: np.full((1, 1, 1), instance.attributes["value"]))


def depths(volume):
    return [plane.geometry.position[2] for _, plane in volume]


def times(volume, tag):
    return {plane.times[TIMES.index(tag)] for _, plane in volume}


def numbers(volume):
    return [plane.order[-1] for _, plane in volume]


@given(st.permutations(range(6)))
def test_slices_are_sorted_by_position_whatever_their_order(order):
    moments = moments_of([placed(3.0 * place, number=-place) for place in order])
    assert [depths(volume) for volume in moments.volumes] == [[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]]
    assert moments.told_by == []


@pytest.mark.parametrize("tag", TIMES)
@given(lost=st.tuples(st.integers(0, 3), st.integers(0, 4)), seed=st.randoms())
def test_a_lost_slice_costs_its_own_time_point_only(tag, lost, seed):
    planes = [
        placed(3.0 * k, number=10 * k + t, **{tag: 1.5 * t}) for t in range(4) for k in range(5) if (t, k) != lost
    ]
    seed.shuffle(planes)
    moments = moments_of(planes)
    assert [times(volume, tag) for volume in moments.volumes] == [{1.5 * t} for t in range(4) if t != lost[0]]
    assert all(depths(volume) == [0.0, 3.0, 6.0, 9.0, 12.0] for volume in moments.volumes)
    ((volume, lacking),) = moments.incomplete
    assert (times(volume, tag), lacking) == ({1.5 * lost[0]}, 1)
    assert moments.told_by == [tag]


@pytest.mark.parametrize("slices_first", [True, False])
@given(lost=st.tuples(st.integers(0, 3), st.integers(0, 4)))
def test_without_tags_the_numbers_of_instances_tell_time_points(slices_first, lost):
    planes = {
        (t, k): placed(3.0 * k, number=1 + (5 * t + k if slices_first else 4 * k + t))
        for t in range(4)
        for k in range(5)
        if (t, k) != lost
    }
    moments = moments_of(list(planes.values()))
    kept = [numbers(volume) for volume in moments.volumes]
    whole = [[numbers([planes[t, k]])[0] for k in range(5)] for t in range(4) if t != lost[0]]
    assert kept == whole
    assert [lacking for _, lacking in moments.incomplete] == [1]


def test_repeats_without_any_sign_go_by_rank_when_they_are_complete_and_are_refused_otherwise():
    planes = [placed(3.0 * k, number=0, pixels=10 * t + k, x=10.0 + 0.001 * t) for t in range(2) for k in range(3)]
    assert [len(volume) for volume in moments_of(planes).volumes] == [3, 3]
    with pytest.raises(SourceError, match="positions hold 1 to 2 different slices, and no tag says"):
        moments_of(planes[:-1])


@given(again=st.sets(st.integers(0, 9), min_size=1))
def test_slices_sent_again_are_left_out_and_counted(again):
    planes = [placed(2.0 * k, number=k, pixels=k) for k in range(10)]
    planes += [placed(2.0 * k, number=k, pixels=k, x=10.0001) for k in again]
    moments = moments_of(planes)
    assert [numbers(volume) for volume in moments.volumes] == [list(range(10))]
    assert moments.repeated == len(again)


def test_alike_slices_of_two_time_points_both_stay():
    planes = [
        placed(3.0 * k, number=k, pixels=0 if k == 0 else 10 * t + k, AcquisitionNumber=float(t))
        for t in range(3)
        for k in range(4)
    ]
    moments = moments_of(planes)
    assert [len(volume) for volume in moments.volumes] == [4, 4, 4]
    assert moments.repeated == 0


def test_tags_that_differ_from_slice_to_slice_tell_no_time_points():
    planes = [
        placed(3.0 * k, number=10 * t + k, AcquisitionTime=1.7 * k + 0.1 * t, TemporalPositionIdentifier=float(t))
        for t in range(2)
        for k in range(6)
    ]
    assert moments_of(planes).told_by == ["TemporalPositionIdentifier"]


def test_slabs_that_overlap_are_volumes_of_their_own():
    planes = [placed(3.0 * k, AcquisitionNumber=1.0) for k in range(6)]
    planes += [placed(3.0 * k, AcquisitionNumber=2.0) for k in range(4, 10)]
    moments = moments_of(planes)
    assert [len(volume) for volume in moments.volumes] == [6, 6]
    assert moments.incomplete == []


def test_slices_beside_each_other_are_told_apart_by_their_place():
    planes = [placed(3.0 * k, x=x, number=k) for k in range(4) for x in (10.0, 60.0)]
    moments = moments_of(planes)
    assert moments.told_by == ["their place within the plane"]
    assert [{plane.geometry.position[0] for _, plane in volume} for volume in moments.volumes] == [{10.0}, {60.0}]


def test_of_a_few_slices_that_were_scanned_again_the_later_ones_count():
    planes = [placed(2.0 * k, number=k) for k in range(8)]
    again = [placed(2.0 * k, number=20 + k) for k in (3, 6)]
    moments = moments_of([*again, *planes])
    assert [numbers(volume) for volume in moments.volumes] == [[0, 1, 2, 23, 4, 5, 26, 7]]
    assert (moments.replaced, moments.repeated) == (2, 0)
