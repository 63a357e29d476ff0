"""Stores under test: the embedded one, and a server that speaks Qdrant's REST on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lexiscope.index import INDEXES, Store
from lexiscope.testing.qdrant import FakeQdrant, serving


@pytest.fixture(params=["edge", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "edge":
        yield INDEXES.load("edge")(tmp_path)
        return
    with serving(FakeQdrant()) as url:
        yield INDEXES.load("server")(url)
