"""`listen`: a socket at an address, before anything is opened that takes long."""

import socket

from lexiscope.core.errors import UsageError

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; clients that come early wait in its queue.

    Args:
        host: Address of this machine.
        port: Port, 0 for any that is free.

    Raises:
        UsageError: the address is taken, or none of this machine.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for the client
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        msg = f"expected a free address {host}:{port}, got: {error.strerror}"
        raise UsageError(f"{msg}; name another port, or 0 for any") from error
    return listening
