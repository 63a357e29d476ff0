"""What browsers may keep: an address with a content hash in it gives the same bytes for ever."""

from fastapi import Request, Response

_FOR_EVER = "private, max-age=31536000, immutable"


def kept_by_browsers(tag: str) -> dict[str, str]:
    """Headers of an answer that never changes.

    Args:
        tag: What tells it apart: the content hash, and what was made of it.
    """
    return {"Cache-Control": _FOR_EVER, "ETag": f'"{tag}"'}


def unchanged(request: Request, tag: str) -> Response | None:
    """The answer to a browser that has it already; None to one that has not."""
    known = request.headers.get("if-none-match", "")
    return Response(status_code=304, headers=kept_by_browsers(tag)) if f'"{tag}"' in known else None
