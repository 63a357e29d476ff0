"""A listening socket: its answers wait for nobody, and an address that is taken is said."""

import socket

import pytest

from lexiscope.core.errors import UsageError
from lexiscope.serve.listening import listen


def test_what_is_written_to_a_client_leaves_at_once() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_is_taken_is_said() -> None:
    with listen("127.0.0.1", 0) as listening, pytest.raises(UsageError, match="expected a free address"):
        listen("127.0.0.1", listening.getsockname()[1])
