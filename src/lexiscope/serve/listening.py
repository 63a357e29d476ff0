"""`listen`: a socket at an address, before anything is opened that takes long; and how many may come there."""

import resource
import socket

from lexiscope.core.errors import UsageError

_BACKLOG = 2048
_FILES = 8192  # that the server may hold open, connections included; systems begin with about a thousand


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


def allow_many_connections() -> None:
    """Raise the number of files that this process may hold open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
