"""`BodyMiddleware`: how large a body may be and how slowly it may come, before anything reads it."""

import asyncio
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lexiscope.serve.config import MIB, ServeConfig
from lexiscope.serve.security.refusal import refuse
from lexiscope.serve.security.rights import API

_JSON = 2 * MIB
_AROUND = MIB  # what a multipart body holds beside the files
_IMAGES = 32 * MIB  # a chat holds images as base64
_LARGE = {f"{API}/uploads": None, "/v1/chat/completions": _IMAGES}
_AT_A_TIME = 16  # large bodies: they lie on the disk until they are read
_STALL_S = 30.0
_LEAST_SPEED = 10_000  # bytes in a second


class BodyMiddleware:
    """Ends a request whose body is too large, or comes too slowly, or is one large one too many.

    Args:
        app: What answers.
        config: Largest upload.
    """

    def __init__(self, app: ASGIApp, *, config: ServeConfig) -> None:
        self._app = app
        self._upload = config.upload_mb * MIB + _AROUND
        self._large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            return await self._app(scope, receive, send)
        path = scope["path"]
        most = (_LARGE[path] or self._upload) if path in _LARGE else _JSON
        length = Headers(scope=scope).get("content-length")
        if length is not None and (not length.isdecimal() or int(length) > most):
            return await refuse(scope, receive, send, status=413, message=_too_large(most))
        if path not in _LARGE:
            return await self._app(scope, _Body(receive, most).receive, send)
        if self._large >= _AT_A_TIME:
            message = f"expected at most {_AT_A_TIME} large bodies at a time, got another; send it again later"
            return await refuse(scope, receive, send, status=503, message=message)
        self._large += 1
        try:
            return await self._app(scope, _Body(receive, most).receive, send)
        finally:
            self._large -= 1


class _Body:
    """The body of one request as it comes. What it raises is answered as any problem of a route."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._came = 0
        self._ended = False
        self._began = time.monotonic()

    async def receive(self) -> Message:
        """The next part; once all came, whatever else the connection says."""
        if self._ended:
            return await self._receive()
        try:
            async with asyncio.timeout(self._patience_s()):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "expected the whole body, got it too slowly; send it again") from None
        self._came += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        if self._came > self._most:
            raise HTTPException(413, _too_large(self._most))
        return message

    def _patience_s(self) -> float:
        earned = _STALL_S + self._came / _LEAST_SPEED - (time.monotonic() - self._began)
        return max(0.0, min(_STALL_S, earned))


def _too_large(most: int) -> str:
    return f"expected a body of at most {most >> 20} MiB, got more; send less, or let who runs the server allow more"
