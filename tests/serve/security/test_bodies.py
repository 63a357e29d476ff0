"""Bodies end before they are read whole: too large, too slow, too deep."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lexiscope.serve.config import ServeConfig
from lexiscope.serve.problems import Problem
from lexiscope.serve.security import bodies
from lexiscope.serve.security.bodies import BodyMiddleware

Serve = Callable[..., TestClient]

SEARCH = "/api/v1/search"
MIB = 1 << 20


def parts(count: int, size: int = MIB) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * size


def test_a_length_that_is_too_large_is_refused_before_a_byte_is_read() -> None:
    sent: list[Any] = []

    async def never(*_: Any) -> Any:
        raise AssertionError("read")

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", str(3 * MIB).encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/uploads", "headers": headers}
    asyncio.run(BodyMiddleware(never, config=ServeConfig(upload_mb=1))(scope, never, send))
    assert sent[0]["status"] == 413


@pytest.mark.parametrize("path", [SEARCH, "/api/v1/login"])
def test_a_body_without_a_length_is_counted(serve: Serve, path: str) -> None:
    refused = serve().post(path, content=parts(4), headers={"Content-Type": "application/json"})
    assert refused.status_code == 413
    assert "at most 2 MiB" in refused.json()["expected"]


def test_an_upload_that_says_no_length_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        yield from parts(4)
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    refused = serve(upload_mb=1).post("/api/v1/uploads", content=body(), headers=headers)
    assert refused.status_code == 413
    assert not list((tmp_path / "own").rglob("*.png"))


def test_a_lying_length_is_no_way_around(serve: Serve) -> None:
    assert serve().post(SEARCH, content=b"{}", headers={"Content-Length": "-1"}).status_code == 413


def test_deep_and_odd_json_is_a_problem_and_no_failure(serve: Serve) -> None:
    client = serve()
    json_type = {"Content-Type": "application/json"}
    for body in (b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000, b"NaN", b'"\\ud800"', b"\xff\xfe", b"", b"{"):
        answer = client.post(SEARCH, content=body, headers=json_type)
        assert answer.status_code in (400, 422), body[:10]
        assert answer.headers["content-type"] == "application/problem+json"
        json.loads(answer.content)


def test_texts_have_an_end_and_long_ones_are_told_in_short(serve: Serve) -> None:
    client = serve()
    asked = {"input": {"case": "x"}, "request": {"question": "a" * 20_001}}
    assert client.post("/api/v1/ask", json=asked).status_code == 422
    many = {"request": {"query": "a", "where": ["split=test"] * 1001}}
    assert client.post(SEARCH, json=many).status_code == 422
    again = {"methods": ["contribution"] * 65}
    assert client.post("/api/v1/interpret", json=again).status_code == 422
    told = Problem.said(400, "UsageError", f"unknown {'expected ' * 200_000}; leave it out")
    assert len(told.detail) < 5000
    assert told.do == "leave it out"


def test_a_body_that_stalls_or_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_STALL_S", 0.05)
    came = []

    async def app(_: Any, receive: Any, __: Any) -> None:
        while (await receive())["more_body"]:
            came.append(1)

    async def drips() -> Any:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def run() -> None:
        scope = {"type": "http", "method": "POST", "path": SEARCH, "headers": []}
        await BodyMiddleware(app, config=ServeConfig())(scope, drips, drips)

    with pytest.raises(Exception, match="too slowly"):
        asyncio.run(run())
    assert len(came) < 10


def test_large_bodies_wait_outside_where_many_come(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    monkeypatch.setattr(bodies, "_AT_A_TIME", 0)
    busy = serve().post("/api/v1/uploads", files={"file": b"x"})
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "1")
