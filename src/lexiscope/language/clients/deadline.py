"""`opener_with_deadline`: requests whose whole answer, from first byte to last, comes before a deadline or never.

The timeouts of sockets count from one word of a server to the next: one that sends a byte now and then is never done.
"""

import http.client
import io
import time
import urllib.request
from typing import Any


class _Clock(io.RawIOBase):
    """Bytes of a socket, with less and less time for them."""

    def __init__(self, raw: Any, sock: Any) -> None:
        self._raw = raw
        self._sock = sock
        self._seconds = sock.gettimeout()
        self._end = None if self._seconds is None else time.monotonic() + self._seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._end is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no whole answer within {self._seconds:g} seconds")
            self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _ClockedResponse(http.client.HTTPResponse):
    """Response that must be whole within the timeout of its socket."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Clock(self.fp.detach(), sock))


class _Connection(http.client.HTTPConnection):
    response_class = _ClockedResponse


class _SafeConnection(http.client.HTTPSConnection):
    response_class = _ClockedResponse


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)


class _SafeHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SafeConnection, request)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def opener_with_deadline() -> urllib.request.OpenerDirector:
    """Opener for http and https whose timeout holds for the whole answer.

    It follows no redirect, which would send the texts to a server that nobody named.
    """
    return urllib.request.build_opener(_Handler, _SafeHandler, _NoRedirect)
