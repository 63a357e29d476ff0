"""`protect`: everything that a request passes before a route sees it."""

from fastapi import FastAPI

from lexiscope.serve.config import ServeConfig
from lexiscope.serve.security.access import AccessMiddleware
from lexiscope.serve.security.audit import AuditLog, AuditMiddleware
from lexiscope.serve.security.bodies import BodyMiddleware
from lexiscope.serve.security.gate import Gate
from lexiscope.serve.security.headers import HeadersMiddleware
from lexiscope.serve.security.hosts import HostMiddleware


def protect(app: FastAPI, config: ServeConfig) -> None:
    """Add the layers, the outermost last.

    Raises:
        UsageError: an audit log that cannot be written.
    """
    app.state.gate = Gate(config)
    app.add_middleware(BodyMiddleware, config=config)
    app.add_middleware(AccessMiddleware, gate=app.state.gate)
    app.add_middleware(HostMiddleware, config=config)
    if config.audit_log is not None:
        app.state.audit = AuditLog(config.audit_log)
        app.add_middleware(AuditMiddleware, log=app.state.audit)
    app.add_middleware(HeadersMiddleware)
