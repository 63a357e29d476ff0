"""`AccessMiddleware`: who asks, how often, and whether that is allowed."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from lexiscope.serve.security.cookies import CSRF_HEADER
from lexiscope.serve.security.gate import Gate, Visitor, address, proves_itself
from lexiscope.serve.security.refusal import refuse
from lexiscope.serve.security.rights import need_of

_SAFE = ("GET", "HEAD", "OPTIONS")


class AccessMiddleware:
    """Lets through whom a token or a session lets in; leaves the `Visitor` in the scope.

    Args:
        app: What answers.
        gate: Tokens, sessions and allowances.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        request = HTTPConnection(scope)
        need = need_of(scope["method"], scope["path"])
        visitor = self._gate.visitor(request)
        counted = address(request) if visitor is None else visitor.name
        wait_s = self._gate.rates.wait_s(counted)
        if wait_s:
            message = "expected fewer requests in a minute, got too many; wait, or let who runs the server raise --rate"
            return await refuse(scope, receive, send, status=429, message=message, retry_after_s=wait_s)
        if need != "nothing":
            if visitor is None:
                return await self._unknown(scope, receive, send, request)
            refused = _refused(request, visitor, need, method=scope["method"])
            if refused is not None:
                return await refuse(scope, receive, send, status=403, message=refused)
        scope["visitor"] = visitor
        return await self._app(scope, receive, send)

    async def _unknown(self, scope: Scope, receive: Receive, send: Send, request: HTTPConnection) -> None:
        """No token, or a wrong one, of which an address may try a few in a minute."""
        tried = "authorization" in request.headers
        wait_s = self._gate.attempts.wait_s(address(request)) if tried else 0
        if wait_s:
            message = "expected the token of this server, got too many wrong ones; wait, and look it up"
            return await refuse(scope, receive, send, status=429, message=message, retry_after_s=wait_s)
        came = "a wrong one" if tried else "none"
        message = f"expected the token of this server, got {came}; log in, or send Authorization: Bearer TOKEN"
        return await refuse(scope, receive, send, status=401, message=message)


def _refused(request: HTTPConnection, visitor: Visitor, need: str, *, method: str) -> str | None:
    """Why a visitor may not do it; None where he may."""
    if method not in _SAFE and not proves_itself(request, visitor):
        return f"expected the header {CSRF_HEADER} with the value of the cookie, got another; load the page again"
    if need == "write" and visitor.role != "write":
        return "expected the right to write, got that to read; use the token that writes, or a server that takes it"
    return None
