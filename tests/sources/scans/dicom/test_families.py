"""Planes are alike by tolerance, never by how a number was written; parts that fill each other's gaps are one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.sources.scans.dicom.families import differing, families_of, told_apart
from lexiscope.sources.scans.dicom.instance import Geometry, Instance, Plane

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
KIND = ("ImageType ORIGINAL", "EchoNumbers 1", "FrameType M", "StackID 1")


def placed(z, *, kind=KIND, numbers=(4.92, None, None), orientation=AXIAL, spacing=(2.0, 0.5), shape=(4, 4), hints=()):
    plane = Plane(0, Geometry((10.0, 20.0, z), orientation, spacing), kind=kind, numbers=numbers)
    return Instance(Path(f"{z}.dcm"), f"{z}", "st", "se", "p", "mr", 1, hints, shape, (plane,)), plane


def sizes(families):
    return [len(family.planes) for family in families]


@given(st.lists(st.floats(-1e-3, 1e-3), min_size=6, max_size=6))
def test_digits_of_numbers_do_not_divide_a_series(noise):
    planes = [
        placed(
            3.0 * k,
            numbers=(4.92 * (1 + error), None, 1000.0 * (1 - error)),
            spacing=(2.0 * (1 + error), 0.5),
            orientation=(1.0, 0.0, error, 0.0, 1.0, -error),
        )
        for k, error in enumerate((0.0, *noise))
    ]
    assert sizes(families_of(planes)) == [7]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"numbers": (9.84, None, None)}, "echo time"),
        ({"numbers": (4.92, 150.0, None)}, "inversion time"),
        ({"numbers": (4.92, None, 1000.0)}, "b-value"),
        ({"kind": ("ImageType DERIVED", *KIND[1:])}, "image type"),
        ({"kind": (KIND[0], "EchoNumbers 2", *KIND[2:])}, "echo number"),
        ({"spacing": (1.0, 1.0)}, "pixel spacing"),
        ({"orientation": (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)}, "orientation"),
        ({"orientation": (0.9994, 0.0349, 0.0, -0.0349, 0.9994, 0.0)}, "orientation"),
        ({"shape": (4, 5)}, "size"),
        ({"hints": ("t2",)}, "description"),
    ],
)
def test_what_differs_is_another_volume_and_is_named(fields, reason):
    families = families_of([placed(3.0 * k, **other) for other in ({}, fields) for k in range(3)])
    assert sizes(families) == [3, 3]
    assert told_apart(families) == reason


@pytest.mark.parametrize("parts", [2, 3, 12])
def test_parts_that_fill_each_others_gaps_are_one_volume(parts):
    planes = [placed(3.0 * k, numbers=(4.0 + k % parts, None, None)) for k in range(12)]
    (family,) = families_of(planes)
    assert len(family.planes) == 12
    assert family.filled == ("echo time",)


@pytest.mark.parametrize("odd", range(6))
def test_one_odd_slice_stays_with_its_volume(odd):
    planes = [placed(3.0 * k, kind=(*KIND[:2], "FrameType MIP" if k == odd else KIND[2], KIND[3])) for k in range(6)]
    (family,) = families_of(planes)
    assert (len(family.planes), family.filled) == (6, ("frame type",))


def test_two_slabs_beside_each_other_and_two_at_one_place_are_two():
    beside = [placed(3.0 * k, numbers=(4.0 + (k > 5), None, None)) for k in range(12)]
    assert sizes(families_of(beside)) == [6, 6]
    doubled = [placed(3.0 * k, numbers=(echo, None, None)) for k in range(6) for echo in (4.0, 8.0)]
    assert sizes(families_of(doubled)) == [6, 6]


def test_a_value_that_is_absent_is_no_rounding():
    assert differing({"echo time": None}, {"echo time": 4.0}) == ["echo time"]
    assert differing({"image type": "A"}, {"image type": "B"}) == ["image type"]
