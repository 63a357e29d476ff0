"""Parts of a sequence: whole, in order, and of the size asked for."""

import pytest

from lexiscope.core.batched import batched


@pytest.mark.parametrize("n", [0, 1, 4, 5, 8])
def test_parts_are_the_sequence_again(n: int) -> None:
    parts = list(batched(list(range(n)), 4))
    assert [row for part in parts for row in part] == list(range(n))
    assert [len(part) for part in parts] == [4] * (n // 4) + [n % 4] * bool(n % 4)


def test_a_size_of_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at least one row, got size=0"):
        batched("abc", 0)
