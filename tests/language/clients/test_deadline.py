"""A server that sends a byte now and then is left at the deadline, whether it dribbles head, body or refusal."""

import socket
import threading
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from lexiscope.language.clients.deadline import opener_with_deadline


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
        with pytest.raises(TimeoutError, match=r"no whole answer within 0\.4 seconds|timed out"):
            opener_with_deadline().open(url, timeout=0.4).read()
        assert time.monotonic() - start < 3  # it would never end


def test_so_has_a_refusal() -> None:
    with _dribble(b"HTTP/1.1 401 No\r\nContent-Length: 1000\r\n\r\n", b"z") as url:
        with pytest.raises(urllib.error.HTTPError) as refused:
            opener_with_deadline().open(url, timeout=0.4)
        with pytest.raises(TimeoutError):
            refused.value.read()
