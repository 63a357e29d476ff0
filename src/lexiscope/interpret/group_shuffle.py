"""`shuffle_groups`: another case for each case, whole groups at a time: what chance alone would pair."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64


def shuffle_groups(groups: Sequence[str], rng: np.random.Generator) -> Int64[np.ndarray, " n"]:
    """For each case the row of another that takes its place; every row is taken once.

    Groups change their order and stay together, so that cases of one group, which resemble each other, are mostly
    paired with cases of one other group. Pairing case by case would make chance look narrower than it is. Within a
    group their order is drawn: where every group lists the same things in the same order, such as each speaker the
    digits, cases would otherwise trade places with their like, and chance would look like the truth.

    Example:
        >>> rows = shuffle_groups(["a", "a", "b", "b", "c", "c"], np.random.default_rng(0))
        >>> sorted(rows.tolist()), bool(rows[0] // 2 == rows[1] // 2)
        ([0, 1, 2, 3, 4, 5], True)
    """
    _, number = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    order = np.argsort(number, kind="stable")  # rows, group by group
    drawn = np.lexsort((rng.permutation(len(number)), rng.permutation(number.max() + 1)[number]))
    rows = np.empty(len(number), dtype=np.int64)
    rows[order] = drawn
    return rows
