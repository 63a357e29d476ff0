"""routes: what the API offers, a file a resource, each with a `router`; all of them stand in `ROUTERS`.

A route never computes on the event loop: what takes more than a moment is a plain function, which FastAPI runs in a
thread, or goes to a worker.
"""

from importlib import import_module

from fastapi import APIRouter

_FILES = (
    "health",
    "login",
    "models",
    "corpus",
    "cases",
    "images",
    "volumes",
    "tiles",
    "tasks",
    "interpret",
    "jobs",
    "uploads",
    "results",
    "archive",
    "corrections",
    "reports",
)


def routers() -> list[APIRouter]:
    """The routers below /api/v1, in the order of the reference."""
    return [import_module(f"lexiscope.serve.routes.{name}").router for name in _FILES]
