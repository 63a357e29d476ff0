"""Bodies over HTTP end where those of the API do: too large, too slow, or of nobody who is known."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from lexiscope.serve.mcp.http_app import http_app
from lexiscope.serve.mcp.server import build_server
from lexiscope.serve.places import Places
from lexiscope.serve.security import bodies

_TOKEN = "a-token-of-this-very-test"
_HEADERS = {
    "Authorization": f"Bearer {_TOKEN}",
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
}
_HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
_MIB = 1 << 20


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A server without tools: what is limited never comes to one."""
    server = build_server([], places=Places({}, own=Path("/srv/own")))
    app = http_app(server, path="/mcp", host="127.0.0.1", token=_TOKEN)
    with TestClient(app, base_url="http://127.0.0.1:8000", headers=_HEADERS) as opened:
        yield opened


def test_a_client_is_answered(client: TestClient) -> None:
    answer = client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": _HELLO})
    assert answer.status_code == 200
    assert '"name":"lexiscope"' in answer.text


@pytest.mark.parametrize("size", [2 * _MIB + 1, 64 * _MIB])
def test_a_body_whose_length_is_too_large_is_refused(client: TestClient, size: int) -> None:
    refused = client.post("/mcp", content=b"{}", headers={"Content-Length": str(size)})
    assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json")
    assert refused.json()["expected"] == "a body of at most 2 MiB"


def test_a_body_without_a_length_is_counted(client: TestClient) -> None:
    refused = client.post("/mcp", content=(b" " * _MIB for _ in range(3)))
    assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json")
    assert refused.json()["expected"] == "a body of at most 2 MiB"


def test_a_body_that_drips_is_given_up(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_STALL_S", 0.05)
    sent: list[Any] = []

    async def drips() -> Any:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": headers}
    assert client.portal is not None
    client.portal.call(client.app, scope, drips, send)
    assert sent[0]["status"] == 408
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]


def test_of_a_stranger_no_body_is_read(client: TestClient) -> None:
    refused = client.post(
        "/mcp", content=b"{}", headers={"Authorization": "Bearer x", "Content-Length": str(64 * _MIB)}
    )
    assert refused.status_code == 401
