"""`Quiet`: whether anybody asks the server for anything, by which work that nobody waits for stands back."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from math import inf
from time import monotonic

from starlette.types import ASGIApp, Receive, Scope, Send

_HOW_IT_IS = ("/events", "/health", "/looks")  # ends of addresses by which nobody asks for anything but that
_PAUSE_S = 0.25  # after a request: a page that loads asks for the next thing at once


class Quiet:
    """Counts requests that are being answered. Everything happens on the event loop.

    Example:
        >>> quiet = Quiet()
        >>> asyncio.run(quiet.wait())  # returns at once
    """

    def __init__(self) -> None:
        self._asking = 0
        self._ended = -inf

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Somebody asks while the block runs."""
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
            self._ended = monotonic()

    async def wait(self) -> None:
        """Wait until nobody has asked for a moment."""
        while (left := self._left_s()) > 0:
            await asyncio.sleep(left)

    def _left_s(self) -> float:
        return _PAUSE_S if self._asking else self._ended + _PAUSE_S - monotonic()


class QuietMiddleware:
    """Tells of every request, but for those that only ask how the server and its jobs are.

    Args:
        app: Application below.
        quiet: Whom to tell.
    """

    def __init__(self, app: ASGIApp, quiet: Quiet) -> None:
        self._app = app
        self._quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asks = scope["type"] == "http" and not scope["path"].endswith(_HOW_IT_IS)
        with self._quiet.asked() if asks else nullcontext():
            await self._app(scope, receive, send)
