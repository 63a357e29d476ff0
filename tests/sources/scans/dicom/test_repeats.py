"""Copies of a file have its UID, its place and its pixels; files that only share a UID are kept."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.uid import RLELossless

from lexiscope.sources.scans.dicom.headers import read_instance
from lexiscope.sources.scans.dicom.repeats import PixelDigests, without_copies


def write(scanner, name, value, *, z=0.0, **fields):
    pixels = np.full((4, 6), value, np.uint16)
    scanner.slice(name, pixels, z=z, series="1.2.3", **{"SOPInstanceUID": "1.9", **fields})
    return read_instance(scanner.folder / name)


def test_the_same_file_twice_is_one_with_a_copy(scanner):
    first, again = write(scanner, "a.dcm", 1), write(scanner, "b.dcm", 1)
    (kept,), steps = without_copies([first, again])
    assert (kept.path, kept.copies) == (first.path, (again.path,))
    assert steps == []


@pytest.mark.parametrize("other", [{"value": 2}, {"value": 1, "z": 3.0}, {"value": 1, "TemporalPositionIdentifier": 2}])
def test_other_pixels_places_and_times_are_no_copies(scanner, other):
    files = [write(scanner, "a.dcm", 1), write(scanner, "b.dcm", **other)]
    kept, steps = without_copies(files)
    assert kept == files
    assert steps == ["2 different files share a SOPInstanceUID; each is kept"]


def test_a_copy_in_another_transfer_syntax_is_a_copy(scanner):
    first = write(scanner, "a.dcm", 1)
    dataset = pydicom.dcmread(first.path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(scanner.folder / "b.dcm")
    (kept,), _ = without_copies([first, read_instance(scanner.folder / "b.dcm")])
    assert len(kept.copies) == 1


def test_a_file_that_cannot_be_decoded_is_a_copy_of_one_that_can(scanner):
    first, second = write(scanner, "a.dcm", 1), write(scanner, "b.dcm", 1)
    first.path.write_bytes(first.path.read_bytes()[:-8])
    (kept,), _ = without_copies([first, second])
    assert kept.copies == (second.path,)


def test_values_are_compared_as_they_are_meant(scanner):
    first, second = write(scanner, "a.dcm", 1), write(scanner, "b.dcm", 1)
    digests = PixelDigests()
    assert digests.same((first, first.planes[0]), (second, second.planes[0]))
    doubled = replace(second.planes[0], slope=2.0)
    assert not digests.same((first, first.planes[0]), (second, doubled))
