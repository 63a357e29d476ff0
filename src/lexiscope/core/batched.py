"""`batched`: a sequence in parts of one size."""

from collections.abc import Iterator, Sequence
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
