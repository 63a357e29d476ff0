"""Equal scores are ordered by id, also where a tie reaches over the limit, in every build of an index."""

from pathlib import Path

import numpy as np
import pytest

from lexiscope.index import Entry, Hit, IndexSpec, Query
from lexiscope.index.edge import EdgeStore
from lexiscope.index.ties import untied

SPEC = IndexSpec(size=2, average_length=2.0)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("k", [1, 3, 10])
def test_the_best_of_a_tie_do_not_depend_on_the_order_of_the_build(order: int, k: int, tmp_path: Path) -> None:
    ids = [f"c{n:03d}" for n in range(120)][::order]
    index = EdgeStore(tmp_path).create("lexiscope-ties", SPEC)
    index.upsert(Entry(case, np.array([1, 0], np.float32), "a crack", {}) for case in ids)
    index.finish()
    for query in (Query(words="crack", k=k), Query(np.array([1, 1], np.float32), k=k)):
        assert [hit.id for hit in index.search(query)] == sorted(ids)[:k]
    both = index.search(Query(np.array([1, 1], np.float32), "crack", k=k))
    assert [hit.id for hit in both] == sorted(ids)[:k]
    index.close()


def test_more_is_asked_for_only_where_a_tie_reaches_over_the_limit() -> None:
    scores = [9.0, 8.0, *[7.0] * 20, 1.0]
    widths: list[int] = []

    def fetch(width: int) -> list[Hit]:
        widths.append(width)
        hits = [Hit(f"{100 - place}", score) for place, score in enumerate(scores)]
        return hits[:width]

    assert [hit.id for hit in untied(fetch, 2)] == ["100", "99"]
    assert widths == [3]
    assert [hit.id for hit in untied(fetch, 4)] == ["100", "99", "79", "80"]
    assert widths == [3, 5, 20, 80]
    assert len(untied(fetch, 50)) == len(scores)
