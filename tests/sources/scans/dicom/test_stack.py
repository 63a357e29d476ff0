"""Planes become volumes by their positions: order, affine, gaps, and values as they were meant."""

from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources.scans.dicom.instance import Geometry, Instance, Plane
from lexiscope.sources.scans.dicom.stack import build_stack, rescaled

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def placed(z, *, x=10.0, order=0, kind=(), orientation=AXIAL, spacing=(2.0, 0.5)):
    plane = Plane(0, Geometry((x, 20.0, z), orientation, spacing), kind=kind, order=(order,))
    instance = Instance(Path(f"{z}-{order}.dcm"), f"{z}-{order}-{kind}", "st", "se", "p", "mr", 1, (), (4, 4), (plane,))
    return instance, plane


def test_the_affine_places_voxels_in_ras():
    stack = build_stack([placed(z) for z in (-3.0, 0.0, 3.0)])
    expected = [[-0.5, 0, 0, -10], [0, -2.0, 0, -20], [0, 0, 3.0, -3], [0, 0, 0, 1]]
    np.testing.assert_allclose(stack.affine, expected)
    assert stack.steps == ()
    assert stack.series == "se"


@pytest.mark.parametrize(
    ("positions", "reason"),
    [
        ((0, 3, 9, 12), r"1 of 5 slices are missing: gaps of 6\.00 mm where 3\.00 mm is usual"),
        ((0, 3, 6, 15), r"2 of 6 slices are missing"),
        ((0, 3, 6, 10), r"the slices are spaced unevenly: 4\.00 mm beside the usual 3\.00 mm"),
    ],
)
def test_gaps_are_refused_with_their_size(positions, reason):
    with pytest.raises(SourceError, match=reason):
        build_stack([placed(float(z)) for z in positions])


def test_slices_beside_a_line_are_refused_and_a_tilt_is_kept():
    with pytest.raises(SourceError, match=r"do not lie on one line: one is 2\.00 mm beside it"):
        build_stack([placed(0.0), placed(3.0, x=12.0), placed(6.0)])
    tilted = build_stack([placed(3.0 * n, x=10.0 + n) for n in range(4)])
    assert tilted.steps == ("gantry tilt of 18.4 degrees kept as shear",)
    np.testing.assert_allclose(tilted.affine[:3, 2], [-1.0, 0.0, 3.0])


@pytest.mark.parametrize(
    ("stored", "slope", "intercept", "values", "dtype"),
    [
        ([0, 100], 1.0, 0.0, [0, 100], np.uint16),
        ([0, 100], 1.0, -1024.0, [-1024, -924], np.int16),
        ([0, 60_000], 2.0, 0.0, [0, 120_000], np.int32),
        ([0, 100], 0.5, 0.0, [0, 50], np.float32),
        ([0, 2], 2.0**31, 0.0, [0, 2.0**32], np.float32),
    ],
)
def test_whole_numbers_stay_whole(stored, slope, intercept, values, dtype):
    found = rescaled(np.array(stored, np.uint16), slope, intercept)
    assert found.dtype == dtype
    assert found.tolist() == values


def test_a_swapped_byte_order_becomes_the_machines():
    assert rescaled(np.array([1], ">u2"), 1.0, 0.0).dtype == np.dtype("=u2")
