"""A server that sends a byte now and then is left at the deadline, whether it dribbles head, body or refusal."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from lexiscope.core.http import ask
from lexiscope.core.retries import NoAnswerError, Retries


@contextmanager
def _dribble(first: bytes, then: bytes) -> Iterator[str]:
    """A server that sends `first` at once and `then` byte by byte, without end."""
    closing = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(first)
                while not closing.wait(0.02):
                    connection.sendall(then)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            closing.set()


@pytest.mark.parametrize(
    "first",
    [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
    ids=["head", "body", "body without end"],
)
def test_the_whole_answer_has_a_deadline(first: bytes) -> None:
    with _dribble(first, b"a") as url:
        start = time.monotonic()
        with pytest.raises(NoAnswerError, match=r"no whole answer within 0\.4 seconds"):
            ask(url, most=1 << 20, deadline=0.4)
        assert time.monotonic() - start < 3  # it would never end


def test_so_has_a_refusal() -> None:
    with (
        _dribble(b"HTTP/1.1 401 No\r\nContent-Length: 1000\r\n\r\n", b"z") as url,
        pytest.raises(NoAnswerError, match="no whole answer"),
    ):
        ask(url, most=1 << 20, deadline=0.4)


def test_an_answer_without_end_is_cut_at_its_largest_size() -> None:
    with (
        _dribble(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 4096) as url,
        pytest.raises(NoAnswerError, match="it is longer than 10,000 bytes"),
    ):
        ask(url, most=10_000, deadline=10)


def test_a_thread_that_has_a_loop_may_ask() -> None:
    async def in_a_notebook(url: str) -> bytes:
        return ask(url, most=10)

    with _dribble(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"") as url:
        assert asyncio.run(in_a_notebook(url)) == b"hi"


def test_a_server_that_says_when_is_left_alone_until_then() -> None:
    waits: list[float] = []
    told = [NoAnswerError("busy", again=True, retry_after=seconds) for seconds in (7.0, 1e9, None, None)]

    def attempt() -> str:
        if told:
            raise told.pop(0)
        return "here"

    assert Retries(pause=2.0, sleep=waits.append).call(attempt) == "here"
    assert waits[:2] == [7.0, 60.0]
    assert 8 <= waits[2] <= 16 <= waits[3] <= 32


def test_a_refusal_is_not_asked_again() -> None:
    tries: list[int] = []

    def attempt() -> None:
        tries.append(1)
        raise NoAnswerError("no")

    with pytest.raises(NoAnswerError, match="no"):
        Retries().call(attempt)
    assert tries == [1]
