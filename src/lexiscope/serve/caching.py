"""What browsers may keep: the bytes of a content hash for ever, what was made of them for an hour."""

from fastapi import Request, Response

_FOR_EVER = "private, max-age=31536000, immutable"
_FOR_AN_HOUR = "private, max-age=3600"  # how something is drawn changes with the corpus's knowledge and with lexiscope


def kept_for_ever(content: str) -> dict[str, str]:
    """Headers of a file that its address names by content."""
    return {"Cache-Control": _FOR_EVER, "ETag": f'"{content}"'}


def kept_for_an_hour(tag: str) -> dict[str, str]:
    """Headers of what was made of a file.

    Args:
        tag: What tells it apart: the content hash, and everything else that it depends on.
    """
    return {"Cache-Control": _FOR_AN_HOUR, "ETag": f'"{tag}"'}


def unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    """The answer to a browser that has it already; None to one that has not.

    Args:
        request: The request.
        headers: Headers of the answer.
    """
    known = request.headers.get("if-none-match", "")
    return Response(status_code=304, headers=headers) if headers["ETag"] in known else None
