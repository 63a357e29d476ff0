"""`HostMiddleware`: only requests that mean this very server, and of which it is clear where they end.

A page of another site can make a browser send requests here, and by a name of its own that leads to this address (DNS
rebinding) even read the answers. Neither passes: the Host header has to be a name of this server, and what a browser
sends on behalf of another site is refused. Forwarded headers are never looked at.
"""

from ipaddress import ip_address
from socket import gethostname
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lexiscope.serve.config import ServeConfig
from lexiscope.serve.security.refusal import refuse

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
_SAFE = ("GET", "HEAD")


class HostMiddleware:
    """Lets through what is meant for this server, by one of its names and not by another site.

    Args:
        app: What answers.
        config: Address to listen on, and further names.
    """

    def __init__(self, app: ASGIApp, *, config: ServeConfig) -> None:
        self._app = app
        self._any_address = config.host in _ANY
        own = () if config.host in _LOOPBACK else (gethostname(),)
        self._names = frozenset(name.lower() for name in (*_LOOPBACK, config.host, *own, *config.names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:  # a proxy may have believed the other one
            message = (
                "expected a length or chunks, got both, so that a second request may hide behind; send one of them"
            )
            return await refuse(scope, receive, send, status=400, message=message, closes=True)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            message = "expected the name of this server as Host, got another; use its address, or start it with --name"
            return await refuse(scope, receive, send, status=400, message=message)
        if _is_of_another_site(scope["method"], headers):
            message = "expected a request of this server's own page, got one of another site; open the page here"
            return await refuse(scope, receive, send, status=403, message=message)
        return await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        name = host_name(host)
        # An address is no name that somebody else could lead here.
        return name is not None and (name in self._names or (self._any_address and _is_address(name)))


def host_name(host: str) -> str | None:
    """Name or address in a Host header, without port and brackets; None for what is neither.

    Example:
        >>> host_name("LocalHost:8230"), host_name("[::1]:80"), host_name("user@localhost"), host_name("")
        ('localhost', '::1', None, None)
    """
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    whole = parts.netloc == host and parts.username is None and parts.password is None and "@" not in host
    return parts.hostname or None if whole else None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_of_another_site(method: str, headers: Headers) -> bool:
    """True where a browser says so: by Origin on what may change something, by Sec-Fetch-Site on what is embedded."""
    origin = headers.get("origin")
    if method not in _SAFE and origin is not None and _place_of(origin) != headers["host"].lower():
        return True
    embedded = headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
    return embedded or (method not in _SAFE and headers.get("sec-fetch-site") in ("cross-site", "same-site"))


def _place_of(origin: str) -> str | None:
    """Host and port of an origin; None for "null" and whatever else is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None
