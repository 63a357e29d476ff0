"""`PlainJSON`: an answer that is JSON already in all its parts, and is not looked at again."""

from typing import Any

from starlette.responses import JSONResponse

from lexiscope.core.plain import json_text


class PlainJSON(JSONResponse):
    """Plain dicts, lists, texts and numbers, written as they are: halves of characters as escapes."""

    def render(self, content: Any) -> bytes:
        """The bytes."""
        return json_text(content, allow_nan=False, separators=(",", ":")).encode("utf-8")
