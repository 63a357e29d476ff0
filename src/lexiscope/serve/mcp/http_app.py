"""`http_app`: a server of tools as an ASGI application, behind its token and the limits that bodies have on the API."""

from typing import Any

from mcp.server.lowlevel import Server
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from lexiscope.serve.config import ServeConfig
from lexiscope.serve.mcp.token_gate import TokenGate
from lexiscope.serve.problems import refused
from lexiscope.serve.security.bodies import BodyMiddleware


def http_app(server: "Server[Any]", *, path: str, host: str, token: str) -> ASGIApp:
    """The application, without an address.

    Args:
        server: The server.
        path: Where it speaks the protocol.
        host: Address that it will listen on; requests under the names of others are refused.
        token: What every request must carry.
    """
    app = server.streamable_http_app(streamable_http_path=path, host=host)
    app.add_middleware(BodyMiddleware, config=ServeConfig())
    app.add_exception_handler(HTTPException, refused)  # what is too large or too slow is found while it is read
    return TokenGate(app, token=token)
