"""Stores under test: the embedded one, and a server that speaks Qdrant's REST on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lexiscope.index import INDEXES, Store
from lexiscope.testing.qdrant import FakeQdrant, serving


@pytest.fixture(params=["edge", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with _opened(request.param, tmp_path) as store:
        yield store


@pytest.fixture(scope="module", params=["edge", "server"])
def lasting_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all tests of a file, which only read what is in it."""
    with _opened(request.param, tmp_path_factory.mktemp("store")) as store:
        yield store


@contextmanager
def _opened(kind: str, folder: Path) -> Iterator[Store]:
    if kind == "edge":
        yield INDEXES.load("edge")(folder)
        return
    with serving(FakeQdrant()) as url:
        yield INDEXES.load("server")(url)
