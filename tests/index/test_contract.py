"""Every vector store of the table meets the contract; one that joins the table has to say here how it is opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lexiscope.index import INDEXES, IndexSpec, Store
from lexiscope.testing.indexes import check_index
from lexiscope.testing.qdrant import FakeQdrant, serving


@pytest.fixture(params=list(INDEXES))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = INDEXES.load(request.param)
    if request.param != "server":
        yield store(tmp_path)
        return
    with serving(FakeQdrant()) as url:
        yield store(url)


def test_a_store_keeps_its_contract(opened: Store) -> None:
    check_index(opened)


def test_a_store_that_forgets_breaks_it(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    index = type(opened.create("lexiscope-x", IndexSpec(size=4, average_length=1.0)))
    monkeypatch.setattr(index, "count", lambda _: 5)
    with pytest.raises(AssertionError, match="must replace the old one"):
        check_index(opened)
