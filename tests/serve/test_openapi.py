"""Requests made from the OpenAPI document, right ones and wrong ones: none of them makes the server fail."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # a model is opened, and hundreds of requests are sent

EXAMPLES = 6  # of each kind of request; most of the time is taken by what the first of each costs
_LEFT_OUT = ("/api/v1/jobs/{job_id}/events",)  # a stream


@pytest.fixture(scope="module")
def address(made: Any) -> Iterator[str]:
    """A server on a port of its own."""
    uvicorn = pytest.importorskip("uvicorn")
    from lexiscope.serve.app import create_app
    from lexiscope.serve.config import ServeConfig
    from lexiscope.serve.listening import listen
    from lexiscope.serve.site import Site

    corpus, model = made
    site = Site.open([model.path], corpus=corpus.path, config=ServeConfig(port=0, look_at=0))
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(uvicorn.Config(create_app(site), log_level="error", ws="none"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        while not server.started:
            assert running.is_alive()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        running.join()


def test_no_request_of_the_documented_forms_makes_the_server_fail(address: str) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import Unsatisfiable

    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    failed: list[str] = []
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in _LEFT_OUT:
            continue
        for mode in schemathesis.GenerationMode:

            @seed(0)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def send(case: Any) -> None:
                nonlocal asked
                response = case.call()
                asked += 1
                if response.status_code >= 500 and response.status_code != 503:
                    failed.append(f"{response.status_code} {case.as_curl_command()}\n{response.text[:300]}")

            with suppress(Unsatisfiable):  # nothing can be wrong in a request without parts
                send()
    assert asked > 100
    assert not failed, "\n\n".join(failed[:20])
