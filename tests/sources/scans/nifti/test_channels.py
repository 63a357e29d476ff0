"""Names that say channels, and names that only look like it."""

import pytest

from lexiscope.sources.scans.nifti.channels import are_channels


@pytest.mark.parametrize(
    ("stems", "labels", "expected"),
    [
        (["a_0000", "a_0001", "b_0000", "b_0001"], ["a", "b"], True),
        (["a_0000", "b_0000"], ["a"], True),
        (["a_0000", "a_0001", "b_0001"], ["a", "b"], True),  # a modality may be missing
        (["a_0000", "b_0000"], [], True),
        (["a_0000", "a_0001"], ["a_0000", "a_0001"], False),  # numbers of cases
        (["a_0001", "a_0002"], ["a"], False),  # channels count from 0
        (["a_0000", "b"], ["a"], False),
        ([f"img_{number:04d}" for number in range(100)], [], False),
        (["a_000", "b_000"], ["a"], False),
        (["a_0000"], ["b"], False),
        ([], [], False),
    ],
)
def test_channels(stems, labels, expected):
    assert are_channels(stems, labels) is expected
