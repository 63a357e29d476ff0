"""`TokenGate`: lets requests through that carry the token; every other one is answered with 401."""

from hmac import compare_digest

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lexiscope.serve.problems import Problem


class TokenGate:
    """A layer before an application.

    Args:
        app: The application.
        token: What `Authorization: Bearer` must carry; compared in a time that tells nothing of it.
    """

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] == "lifespan" or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        msg = (
            "expected the token as Authorization: Bearer, got none or another; see LEXISCOPE_TOKEN where it was started"
        )
        response = Problem.said(401, "Unauthorized", msg).response()
        response.headers["WWW-Authenticate"] = "Bearer"
        await response(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("authorization", "")
        return compare_digest(given.encode("latin-1", "replace"), self._expected)
