"""A server without models: what the layers before the routes do needs none."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

Serve = Callable[..., TestClient]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Makes clients of servers with such a configuration."""
    from lexiscope.serve.app import create_app
    from lexiscope.serve.config import ServeConfig
    from lexiscope.serve.site import Site
    from lexiscope.serve.workers.crew import Crew

    with ExitStack() as opened:

        def make(base_url: str = "http://localhost", **settings: Any) -> TestClient:
            folder = tmp_path / "own"
            folder.mkdir(exist_ok=True)
            site = Site({}, Crew({}, queue=1), None, ServeConfig(**settings), folder)
            client = TestClient(create_app(site), base_url=base_url, raise_server_exceptions=False)
            return opened.enter_context(client)

        yield make
