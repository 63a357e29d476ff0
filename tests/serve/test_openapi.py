"""Requests made from the OpenAPI document, right ones and wrong ones: none of them makes the server fail."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from lexiscope.testing.hostile_uploads import end_of_job

pytestmark = pytest.mark.slow  # a model is opened, and hundreds of requests are sent

EXAMPLES = 6  # of each kind of request; most of the time is taken by what the first of each costs
_LEFT_OUT = ("/api/v1/jobs/{job_id}/events",)  # a stream
_OF_WHAT_IS_THERE = tuple(
    f"/api/v1/{path}"
    for path in (
        "cases/{case_id}",
        "cases/{case_id}/similar",
        "cases/{case_id}/instructions",
        "images/{content}/thumbnail",
        "volumes/{content}",
        "results/{result_id}/{name}",
        "uploads/{upload_id}",
        "search",
        "segment",
    )
)
_LONG = "/api/v1/interpret"  # its jobs take minutes


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


@pytest.fixture(scope="module")
def known(address: str, made: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name of a value in an address -> one that the server has."""
    from PIL import Image

    picture = tmp_path_factory.mktemp("known") / "picture.png"
    Image.new("L", (32, 32), 90).save(picture)
    case = next(case for case in made[0] if case.images)
    with httpx.Client(base_url=f"{address}/api/v1", timeout=120) as client:
        upload = client.post("/uploads", files={"file": picture.read_bytes()}).json()["upload"]
        body = {"input": {"case": case.id}, "request": {"structure": ["lesion"]}}
        (mask,) = client.post("/segment", json=body).json()["value"]["masks"]
        job = client.post("/segment", json=body, headers={"Prefer": "respond-async"}).json()["job"]
    content, (result, name) = next(iter(case.images.values())).content, Path(mask["file"]).parts[-2:]
    values = {"case_id": case.id, "content": content, "upload_id": upload, "result_id": result, "name": name}
    return {**values, "job_id": job}


def test_no_request_of_the_documented_forms_makes_the_server_fail(address: str, known: Mapping[str, str]) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import Unsatisfiable

    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    failed: list[str] = []
    answered: dict[str, set[int]] = defaultdict(set)
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
                if asked % 2:
                    _be_about(case, known)
                response = case.call()
                asked += 1
                status = response.status_code if response.status_code != 202 else _ended(address, case, response)
                answered[case.operation.path].add(status)
                if status >= 500 and status != 503:
                    failed.append(f"{status} {case.as_curl_command()}\n{response.text[:300]}")

            with suppress(Unsatisfiable):  # nothing can be wrong in a request without parts
                send()
    assert asked > 100
    assert not failed, "\n\n".join(failed[:20])
    assert not [path for path in _OF_WHAT_IS_THERE if 200 not in answered[path]], answered


def _be_about(case: Any, known: Mapping[str, str]) -> None:
    """Let a request be about what the server has, a search about an upload, and a prediction be a job."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known.get(name, case.path_parameters[name])
    if isinstance(case.body, dict) and "request" in case.body:
        case.body.pop("model", None)
        if "input" in case.body:
            case.body["input"] = {"case": known["case_id"]}
        elif isinstance(case.body["request"], dict):
            words = case.body["request"].get("query")
            case.body["request"] = {"query": words, "image": known["upload_id"], "modality": "flair"}
        case.headers = {**(case.headers or {}), "Prefer": "respond-async"}


def _ended(address: str, case: Any, begun: Any) -> int:
    """The status of what a job ends with; one that takes minutes is cancelled instead."""
    with httpx.Client(base_url=address, timeout=300) as client:
        job = begun.json().get("job")
        if case.operation.path == _LONG:
            return client.delete(f"/api/v1/jobs/{job}").status_code
        return begun.status_code if job is None else end_of_job(client, job)
