"""`AuditMiddleware`: what was asked of the server, a line of JSON a request, without saying about whom.

A line holds the kind of address ("/api/v1/cases/{id}"), never the address: no id, query, name of a file or token.
"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lexiscope.core.errors import UsageError
from lexiscope.serve.security.rights import API

_BATCH = 256  # lines that are written together at most


class AuditLog:
    """A file of lines, written by a thread of its own so that nobody waits for the disk.

    Args:
        path: File to append to. It is opened for each batch, so that others may move it away.

    Raises:
        UsageError: a file that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("a", encoding="utf-8"):
                pass
        except OSError as error:
            msg = f"expected an audit log that can be written, got {path}: {error.strerror}"
            raise UsageError(f"{msg}; name another file") from error
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._thread = Thread(target=self._write, daemon=True, name="audit")
        self._thread.start()

    def add(self, line: dict[str, object]) -> None:
        """Write a line soon."""
        self._lines.put(json.dumps(line))

    def close(self) -> None:
        """Write what is left."""
        self._lines.put(None)
        self._thread.join()

    def _write(self) -> None:
        goes_on = True
        while goes_on:
            lines = [self._lines.get()]
            while not self._lines.empty() and len(lines) < _BATCH:
                lines.append(self._lines.get())
            goes_on = None not in lines
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines if line is not None)


class AuditMiddleware:
    """Writes a line for each request: when, what kind, by which role, how it ended, milliseconds, bytes in and out.

    Args:
        app: What answers.
        log: File of lines.
    """

    def __init__(self, app: ASGIApp, *, log: AuditLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status, sent = time.perf_counter(), 500, 0

        async def counting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            return await self._app(scope, receive, counting)
        finally:
            length = Headers(scope=scope).get("content-length", "")
            self._log.add(
                {
                    "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "method": scope["method"] if scope["method"] in _METHODS else "OTHER",
                    "route": _kind_of_address(scope),
                    "status": status,
                    "ms": round(1000 * (time.perf_counter() - began), 1),
                    "role": getattr(scope.get("visitor"), "role", None),
                    "in": int(length) if length.isdecimal() else 0,
                    "out": sent,
                }
            )


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PREFIXES = (API, "/v1", "/dicomweb", "/mcp")


def _kind_of_address(scope: Scope) -> str | None:
    """Address with names in place of values; None where no route was reached."""
    kind: str | None = getattr(scope.get("route"), "path", None)
    if kind is None:
        return None
    prefix = next((one for one in _PREFIXES if scope["path"].startswith(f"{one}/")), "")
    return kind if kind.startswith(prefix) else f"{prefix}{kind}"  # routes of a router do not know where it was put
