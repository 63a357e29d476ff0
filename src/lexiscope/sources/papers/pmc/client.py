"""`Client`: HTTP GET, paced and retried, with bodies of bounded size, from the host that was named and no other."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.core.http import ask, save
from lexiscope.core.retries import NoAnswerError, Retries

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
        return self._asked(url, lambda: ask(url, most=MAX_BODY, headers=_headers()))

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
        self._asked(url, lambda: save(url, path, most=most, headers=_headers()))

    def _asked(self, url: str, request: Callable[[], _Used]) -> _Used:
        _refuse_unsafe(url)

        def paced() -> _Used:
            self._pace()
            return request()

        try:
            return Retries(sleep=self.sleep).call(paced)
        except NoAnswerError as error:
            remedy = "check the connection and run it again" if error.again else "download it by hand, or leave it out"
            raise SourceError(f"{url} cannot be had: {error}", remedy=remedy) from None

    def _pace(self) -> None:
        now = time.monotonic()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.per_second


def _refuse_unsafe(url: str) -> None:
    address = urlsplit(url)
    if address.hostname and (address.scheme == "https" or (address.scheme == "http" and address.hostname in _HERE)):
        return
    raise UsageError(f"expected an https address, got {url}")


def _headers() -> dict[str, str]:
    agent = f"lexiscope/{version('lexiscope')} (a research tool that harvests open-access figures)"
    return {"User-Agent": agent}
