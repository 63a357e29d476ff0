"""`refuse`: a problem as the answer to a request that never reaches a route."""

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from lexiscope.serve.chat.errors import PREFIX, error_of
from lexiscope.serve.problems import Problem


async def refuse(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    status: int,
    message: str,
    retry_after_s: int | None = None,
    closes: bool = False,
) -> None:
    """Answer with a problem.

    Args:
        status: HTTP status.
        message: What was expected, what came and what to do.
        retry_after_s: Seconds after which it may be tried again.
        closes: Whether the connection ends, since nobody knows where the next request on it would begin.
    """
    problem = Problem.said(status, "Refused", message)
    response = JSONResponse(error_of(problem), status) if scope["path"].startswith(PREFIX) else problem.response()
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    if closes:
        response.headers["Connection"] = "close"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="lexiscope"'
    await response(scope, receive, send)
