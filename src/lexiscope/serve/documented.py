"""`Documented`: the application with an OpenAPI document that shows an answer of each route."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

_EXAMPLES = "route_examples.json"


class Documented(FastAPI):
    """The application; its OpenAPI document holds the examples of `route_examples`."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for route, shown in route_examples().items():
                method, path = route.split(" ")
                responses = document["paths"][path][method.lower()]["responses"]
                done = next(response for status, response in responses.items() if status.startswith("2"))
                for media_type, example in shown.items():
                    done.setdefault("content", {}).setdefault(media_type, {})["example"] = example
        assert self.openapi_schema is not None
        return self.openapi_schema


@cache
def route_examples() -> dict[str, dict[str, Any]]:
    """Route, as "GET /api/v1/facets", -> media type -> what a server of the demo answered; lists are cut short.

    Those of the tasks stand beside them (`answer_examples.py`).
    """
    read: dict[str, dict[str, Any]] = json.loads((files(__package__) / _EXAMPLES).read_text(encoding="utf-8"))
    return read
