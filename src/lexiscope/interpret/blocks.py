"""`deal_blocks`: groups dealt into a bounded number of blocks, so that intervals need sums of blocks alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

BLOCKS = 40


def deal_blocks(groups: Sequence[str], *, seed: int = 0, blocks: int = BLOCKS) -> Int64[np.ndarray, " n"]:
    """Number of the block that each case belongs to; cases of one group share a block.

    With at most `blocks` groups each is a block of its own. Otherwise groups are dealt at random, as many to each
    block as to any other, so that memory does not grow with the groups.

    Example:
        >>> deal_blocks(["a", "b", "a"]).tolist()
        [0, 1, 0]
    """
    names = list(dict.fromkeys(groups))
    places = np.arange(len(names))
    if len(names) > blocks:
        places = np.random.default_rng(seed).permutation(len(names)) % blocks
    place_of = dict(zip(names, places, strict=True))
    return np.array([place_of[group] for group in groups], dtype=np.int64)
