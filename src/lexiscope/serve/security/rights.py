"""What a request needs: nothing, the right to read, or the right to write."""

from typing import Literal

from lexiscope.tasks import TASKS

Need = Literal["nothing", "read", "write"]
API = "/api/v1"
LOGIN = f"{API}/login"
_SAFE = ("GET", "HEAD", "OPTIONS")
_CLOSED = ("api", "v1", "dicomweb", "mcp")  # first parts of addresses that hold something; the others are the page
_OPEN = (f"{API}/health", LOGIN)


def need_of(method: str, path: str) -> Need:
    """What a request needs. A POST that only asks needs no more than reading; whatever is not known here writes.

    Example:
        >>> need_of("GET", "/assets/page.js"), need_of("POST", "/api/v1/search"), need_of("POST", "/api/v1/uploads")
        ('nothing', 'read', 'write')
    """
    if path in _OPEN:
        return "nothing"
    if method in _SAFE:
        return "read" if path.lstrip("/").split("/")[0] in _CLOSED else "nothing"  # "*" and "api" are addresses, too
    is_job = method == "DELETE" and path.startswith(f"{API}/jobs/")
    return "read" if is_job or (method == "POST" and path in _ASKING) else "write"


_ASKING = frozenset(
    [
        *(f"{API}/{kind.verb or name}" for name, kind in TASKS.load_all().items()),
        f"{API}/interpret",
        f"{API}/corrections/looks",
        f"{API}/logout",
        "/v1/chat/completions",
    ]
)
"""Addresses that are asked by POST and change nothing."""
