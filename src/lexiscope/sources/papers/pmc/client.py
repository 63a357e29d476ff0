"""`Client`: HTTP GET, paced and retried, with bodies of bounded size, from the host that was named and no other."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from importlib.metadata import version
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import urljoin, urlsplit

from lexiscope.core.errors import SourceError, UsageError

_TRIES = 5
_LATER = (429, 500, 502, 503, 504)
_LONGEST_WAIT = 60.0  # seconds
_TIMEOUT = 60.0
_CHUNK = 1 << 20
_HERE = ("127.0.0.1", "localhost", "::1")  # hosts that may be asked without encryption
_Used = TypeVar("_Used")
MAX_BODY = 64 << 20  # bytes of an answer held in memory


@dataclass(slots=True)
class Client:
    """Asks one server after another at no more than `per_second` requests.

    Args:
        per_second: Largest number of requests a second; NCBI allows 3, and 10 with an API key.
        sleep: Function that waits for a number of seconds.
    """

    per_second: float = 3.0
    sleep: Callable[[float], None] = time.sleep
    _next: float = field(default=0.0, init=False)

    def get(self, url: str) -> bytes:
        """Fetch the whole answer.

        Raises:
            UsageError: the address is neither https nor one of this machine.
            SourceError: it cannot be had, or is longer than `MAX_BODY`.
        """
        body = self._asked(url, lambda stream: stream.read(MAX_BODY + 1))
        if len(body) > MAX_BODY:
            raise SourceError(f"{url} answers with more than {MAX_BODY:,} bytes", remedy="ask for less at a time")
        return body

    def save(self, url: str, path: Path, *, most: int) -> None:
        """Write the answer to a file.

        Args:
            url: Address of the file, https or on this machine.
            path: File to write; it is half-written when an error comes.
            most: Largest length in bytes.

        Raises:
            UsageError: the address is neither https nor one of this machine.
            SourceError: it cannot be had, or is longer than `most` bytes.
        """

        def write(stream: IO[bytes]) -> None:
            size = 0
            with path.open("wb") as file:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise SourceError(f"{url} is longer than {most:,} bytes", remedy="download it by hand")
                    file.write(chunk)

        self._asked(url, write)

    def _asked(self, url: str, use: Callable[[IO[bytes]], _Used]) -> _Used:
        """Result of `use` on the answer; a busy server and a broken connection are tried again."""
        _refuse_unsafe(url)
        opener = urllib.request.build_opener(_SameHost())
        problem = ""
        for attempt in range(_TRIES):
            self._pace()
            try:
                request = urllib.request.Request(url, headers={"User-Agent": _agent()})  # noqa: S310
                with opener.open(request, timeout=_TIMEOUT) as stream:
                    return use(stream)
            except urllib.error.HTTPError as error:
                problem = f"HTTP {error.code}"
                if error.code not in _LATER:
                    break
                self.sleep(_wait(attempt, error.headers.get("Retry-After", "")))
            except (OSError, HTTPException) as error:  # no route, reset, time-out, an answer that breaks off
                problem = str(getattr(error, "reason", error)) or type(error).__name__
                self.sleep(_wait(attempt, ""))
        raise SourceError(f"{url} cannot be had: {problem}", remedy="check the connection and run it again")

    def _pace(self) -> None:
        now = time.monotonic()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.per_second


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirects on one host and scheme; others are refused, so that an answer comes from where it was asked."""

    def redirect_request(  # noqa: PLR0917 - urllib's signature
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Follow, or refuse.

        Raises:
            SourceError: the answer lies on another host.
        """
        before, after = urlsplit(req.full_url), urlsplit(urljoin(req.full_url, newurl))
        if (before.scheme, before.netloc.lower()) != (after.scheme, after.netloc.lower()):
            expected = f"{before.scheme}://{before.netloc}"
            message = f"{req.full_url} redirects to {newurl}; expected an answer from {expected}"
            raise SourceError(message, remedy="download it by hand, or name the new address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refuse_unsafe(url: str) -> None:
    address = urlsplit(url)
    if address.hostname and (address.scheme == "https" or (address.scheme == "http" and address.hostname in _HERE)):
        return
    raise UsageError(f"expected an https address, got {url}")


def _wait(attempt: int, retry_after: str) -> float:
    return min(_LONGEST_WAIT, float(retry_after) if retry_after.isdigit() else 2.0**attempt)


def _agent() -> str:
    return f"lexiscope/{version('lexiscope')} (a research tool that harvests open-access figures; Python urllib)"
