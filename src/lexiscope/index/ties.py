"""`untied`: the best of a ranking, the same in every build: equal scores go by id, and no tie is cut off unseen."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from lexiscope.index.store import Hit

_MOST = 4096  # hits that are asked for at most to see the end of a tie

Fetch: TypeAlias = Callable[[int], Sequence[Hit]]


def untied(fetch: Fetch, limit: int) -> list[Hit]:
    """The best hits, by falling score and then by id.

    An engine orders equal scores as they lie in its files, which differ from build to build. So where a tie reaches
    over the limit, more is asked for until its end comes into sight.

    Args:
        fetch: Number of hits -> the best ones of a store, in whatever order of ties.
        limit: Number of hits at most.

    Example:
        >>> stored = [Hit("c", 2.0), Hit("b", 1.0), Hit("a", 1.0)]
        >>> [hit.id for hit in untied(lambda width: stored[:width], 2)]
        ['c', 'a']
    """
    width = limit + 1
    hits = fetch(width)
    while len(hits) == width and hits[-1].score == hits[limit - 1].score and width < max(_MOST, limit + 1):
        width = min(4 * width, max(_MOST, limit + 1))
        hits = fetch(width)
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]
