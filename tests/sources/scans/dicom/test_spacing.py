"""Steps of slices are judged by how exactly their positions are written."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.instance import Geometry, Instance, Plane
from lexiscope.sources.scans.dicom.spacing import is_even, normal_of, rounding_of
from lexiscope.sources.scans.dicom.stack import build_stack


def stack(count, step, *, angle=0.0, decimals=1, skip=(), start=-64.62):
    """Slices along a tilted normal, with positions rounded to so many decimals."""
    turn = np.radians(angle)
    normal = np.array([0.0, -np.sin(turn), np.cos(turn)]) @ np.eye(3)
    orientation = (1.0, 0.0, 0.0, 0.0, float(np.cos(turn)), float(np.sin(turn)))
    planes = []
    for k in range(count):
        if k not in skip:
            x, y, z = np.round(np.array([-108.03, -86.77, start]) + k * step * normal, decimals)
            plane = Plane(0, Geometry((x, y, z), orientation, (1.0, 1.0), 10.0**-decimals))
            planes.append((Instance(Path(f"{k}"), "", "", "", "", "mr", 1, (), (4, 4), (plane,)), plane))
    return planes


@given(
    step=st.floats(0.4, 6),
    angle=st.floats(-80, 80),
    decimals=st.integers(1, 4),
    count=st.integers(3, 40),
    start=st.floats(-200, 200),
)
def test_rounded_positions_of_even_slices_are_even(step, angle, decimals, count, start):
    planes = stack(count, step, angle=angle, decimals=decimals, start=start)
    volume = build_stack(planes)
    found = np.linalg.norm(volume.affine[:3, 2])
    assert found == pytest.approx(step, abs=2 * 10.0**-decimals / (count - 1))


def test_whole_millimetres_are_judged_as_such():
    volume = build_stack(stack(40, 1.25, decimals=0))
    assert volume.steps[-1].startswith("positions are written rounded: even steps of 1.2")
    with pytest.raises(SourceError, match=r"missing|unevenly"):
        build_stack(stack(40, 1.25, decimals=0, skip=(20,)))


@given(lost=st.integers(1, 12), decimals=st.integers(1, 4), angle=st.floats(-60, 60))
def test_rounding_hides_no_lost_slice(lost, decimals, angle):
    with pytest.raises(SourceError, match=r"1 of 14 slices are missing|spaced unevenly"):
        build_stack(stack(14, 0.8, decimals=decimals, angle=angle, skip=(lost,)))


def test_exact_positions_excuse_nothing():
    planes = stack(14, 0.8, angle=10)
    exact = [
        (instance, Plane(0, Geometry(plane.geometry.position, plane.geometry.orientation, (1.0, 1.0))))
        for instance, plane in planes
    ]
    assert rounding_of(planes) == pytest.approx(0.05 * np.abs(normal_of(planes[0][1].geometry)).sum())
    assert rounding_of(exact) == 0
    assert is_even(planes)
    assert not is_even(exact)


def test_one_gap_of_exactly_two_whole_millimetres_is_a_lost_slice():
    with pytest.raises(SourceError, match="1 of 12 slices are missing"):
        build_stack(stack(12, 1.0, decimals=0, skip=(5,)))
