"""Parts of a sequence: whole, in order, and of the size asked for."""

import pytest

from lexiscope.core.batched import batched, stream_batches


@pytest.mark.parametrize("n", [0, 1, 4, 5, 8])
def test_parts_are_the_sequence_again(n: int) -> None:
    parts = list(batched(list(range(n)), 4))
    assert [row for part in parts for row in part] == list(range(n))
    assert [len(part) for part in parts] == [4] * (n // 4) + [n % 4] * bool(n % 4)


def test_a_size_of_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at least one row, got size=0"):
        batched("abc", 0)


@pytest.mark.parametrize("n", [0, 1, 4, 5, 8])
def test_what_comes_one_by_one_is_taken_one_part_at_a_time(n: int) -> None:
    taken: list[int] = []

    def rows():
        for row in range(n):
            taken.append(row)
            yield row

    parts = []
    for part in stream_batches(rows(), 4):
        assert len(taken) <= len(parts) * 4 + 4
        parts.append(part)
    assert parts == [list(range(start, min(n, start + 4))) for start in range(0, n, 4)]
    with pytest.raises(ValueError, match="at least one row"):
        next(stream_batches([1], 0))
