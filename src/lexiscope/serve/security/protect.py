"""`protect`: everything that a request passes before a route sees it."""

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from lexiscope.serve.config import ServeConfig
from lexiscope.serve.security.headers import HeadersMiddleware

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def protect(app: FastAPI, config: ServeConfig) -> None:
    """Add the layers, the outermost last."""
    app.add_middleware(HeadersMiddleware)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, config.host], www_redirect=False)
