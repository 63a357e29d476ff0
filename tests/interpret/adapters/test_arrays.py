import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.interpret.adapters.arrays import array_cases


def test_labels_that_are_numbers_keep_their_order():
    cases = array_cases({"a": np.zeros((3, 1))}, [10, 9, 2])
    assert cases.classes == ("2", "9", "10")
    assert cases.truth.tolist() == [2, 1, 0]
    assert len(set(cases.groups)) == 3


def test_the_version_is_that_of_the_values():
    versions = {array_cases({"a": np.full((2, 1), value)}, ["x", "y"]).version for value in (0.0, 0.0, 1.0)}
    assert len(versions) == 2


def test_arrays_of_other_lengths_are_refused():
    with pytest.raises(UsageError, match="should be equally long, got labels 2, a 3, groups 1"):
        array_cases({"a": np.zeros((3, 1))}, [0, 1], groups=["g"])
    with pytest.raises(UsageError, match="the label '7' is none of the classes 0, 1"):
        array_cases({"a": np.zeros((1, 1))}, [7], classes=["0", "1"])
