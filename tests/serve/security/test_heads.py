"""Connections: half a request is not waited for, one that asks and rests stays, and no request hides in another."""

import asyncio
from typing import Any

import pytest

uvicorn = pytest.importorskip("uvicorn")

from uvicorn.server import ServerState  # noqa: E402

from lexiscope.serve.config import ServeConfig  # noqa: E402
from lexiscope.serve.security import heads  # noqa: E402
from lexiscope.serve.security.hosts import HostMiddleware  # noqa: E402

_WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def answer(_: Any, __: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def test_no_request_hides_behind_one_with_two_lengths() -> None:
    hidden = b"GET /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n"
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    answers = asyncio.run(told(HostMiddleware(answer, config=ServeConfig()), _WHOLE[:-2] + both + hidden))
    assert answers.count(b"HTTP/1.1") == 1
    assert answers.startswith(b"HTTP/1.1 400")
    assert b"connection: close" in answers


async def told(app: Any, sent: bytes) -> bytes:
    """Everything that a connection is told until it is closed."""
    settings, state = uvicorn.Config(app, ws="none", lifespan="off", log_level="error"), ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: heads.HeadLimitedProtocol(settings, state, {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(sent)
        came = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        return came


@pytest.mark.parametrize(
    ("asks_first", "drips", "ends"), [(False, b"", True), (False, b"G", True), (True, b"G", True), (True, b"", False)]
)
def test_half_a_head_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, asks_first: bool, drips: bytes, ends: bool
) -> None:
    monkeypatch.setattr(heads, "_HEAD_S", 0.1)
    settings, state = uvicorn.Config(answer, ws="none", lifespan="off", log_level="error"), ServerState()

    async def run() -> bool:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: heads.HeadLimitedProtocol(settings, state, {}), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            if asks_first:
                writer.write(_WHOLE)
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
            for _ in range(200 if ends else 6):
                writer.write(drips)
                await asyncio.sleep(0.05)
                if reader.at_eof():
                    break
            writer.close()
            return reader.at_eof()

    assert asyncio.run(run()) == ends
