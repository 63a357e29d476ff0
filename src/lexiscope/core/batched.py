"""`batched`: a sequence in parts of one size; `stream_batches`: the same of what comes one by one."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

Row = TypeVar("Row")


def batched(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    """Parts of `size` rows in their order, the last one possibly shorter.

    Example:
        >>> list(batched("abcde", 2))
        ['ab', 'cd', 'e']
        >>> [list(part) for part in batched(range(5), 3)]
        [[0, 1, 2], [3, 4]]
    """
    if size < 1:
        raise ValueError(f"expected parts of at least one row, got size={size}")
    return (rows[start : start + size] for start in range(0, len(rows), size))


def stream_batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Lists of `size` rows of what comes one by one, the last one possibly shorter; one list is held at a time.

    Example:
        >>> list(stream_batches(iter("abcde"), 2))
        [['a', 'b'], ['c', 'd'], ['e']]
    """
    if size < 1:
        raise ValueError(f"expected parts of at least one row, got size={size}")
    remaining = iter(rows)
    while part := list(islice(remaining, size)):
        yield part
