"""`serve_mcp`: answer a chat client until it leaves."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.core.errors import UsageError
from lexiscope.core.extras import need

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

_PATH = "/mcp"
_LOOPBACK = "127.0.0.1"
_SHORTEST_TOKEN = 16
_DRAIN_S = 5  # clients keep streams open that would never end by themselves


def serve_mcp(
    model: Path | str,
    corpus: Path | str,
    *,
    port: int | None = None,
    token: str | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Give a chat client read-only tools over a model and a corpus.

    Args:
        model: Model directory.
        corpus: Corpus that it was indexed with or trained on.
        port: Port on loopback to speak HTTP on, 0 for a free one; None speaks over stdin and stdout.
        token: What every HTTP request must carry.
        on_ready: Called with the address once HTTP is spoken there.

    Raises:
        UsageError: HTTP without a token, or a port that is taken.
        ModelError: a directory that holds no model.
        CorpusError: no corpus there.
        MissingExtraError: the extra "serve" is not installed.
    """
    need("mcp", extra="serve")
    import anyio

    from lexiscope.serve.mcp.server import build_server
    from lexiscope.serve.mcp.tools import open_tools
    from lexiscope.serve.places import Places

    if port is not None:
        require_token(token)
    model, corpus = Path(model).resolve(), Path(corpus).resolve()
    server = build_server(open_tools(model, corpus), places=Places({model: "MODEL", corpus: "CORPUS"}, own=corpus))
    if port is None:
        anyio.run(partial(_over_stdio, server))
    else:
        _over_http(server, port, token or "", on_ready)


def require_token(token: str | None) -> None:
    """Refuse to listen where any program of this machine may ask.

    Raises:
        UsageError: no token, or one that is quickly guessed.
    """
    if token is None or len(token) < _SHORTEST_TOKEN:
        came = "none" if token is None else f"{len(token)} characters"
        msg = f"expected a token of at least {_SHORTEST_TOKEN} characters in LEXISCOPE_TOKEN for HTTP, got {came}"
        raise UsageError(f"{msg}; make one with: python -c 'import secrets; print(secrets.token_urlsafe())'")


async def _over_stdio(server: "Server[Any]") -> None:
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):  # what else prints goes to stderr meanwhile
        await server.run(read, write, server.create_initialization_options())


def _over_http(server: "Server[Any]", port: int, token: str, on_ready: Callable[[str], None] | None) -> None:
    import uvicorn

    from lexiscope.serve.listening import listen
    from lexiscope.serve.mcp.http_app import http_app
    from lexiscope.serve.security.heads import HeadLimitedProtocol

    app = http_app(server, path=_PATH, host=_LOOPBACK, token=token)
    with listen(_LOOPBACK, port) as listening:
        if on_ready is not None:
            on_ready(f"http://{_LOOPBACK}:{listening.getsockname()[1]}{_PATH}")
        settings = uvicorn.Config(
            app,
            http=HeadLimitedProtocol,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_DRAIN_S,
        )
        uvicorn.Server(settings).run(sockets=[listening])
