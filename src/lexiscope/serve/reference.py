"""The API reference, made from the OpenAPI document: `python -m lexiscope.serve.reference > docs/reference/api.md`."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lexiscope.serve.app import create_app
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.site import Site
from lexiscope.serve.workers.crew import Crew

_HEAD = """# API

All routes of `lexiscope serve`, made from its OpenAPI document (`/api/v1/openapi.json`), which holds the schemas of
bodies and answers. Errors are `application/problem+json`. [How to serve](../how-to/serving.md) shows them in use.
"""
_TABLE = "| route | what it does | parameters |\n|---|---|---|"


def api_page() -> str:
    """The page in Markdown: a section for each tag, a row for each route."""
    sections: dict[str, list[tuple[str, ...]]] = {}
    for tag, row in _rows(openapi_document()):
        sections.setdefault(tag, []).append(row)
    parts = [f"## {tag.capitalize()}\n\n{_TABLE}\n{_lines(rows)}\n" for tag, rows in sections.items()]
    return "\n".join([_HEAD, *parts])


def _lines(rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)


def openapi_document() -> dict[str, Any]:
    """OpenAPI of a server without models: the routes are the same for all."""
    config = ServeConfig()
    folder = Path(tempfile.gettempdir()) / "lexiscope-nothing"  # never made
    return create_app(Site({}, Crew({}, queue=1), None, config, folder)).openapi()


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            tag = next(iter(route.get("tags", ())), "others")
            names = [f"`{one['name']}`" for one in route.get("parameters", ()) if one["in"] == "query"]
            said = route.get("description", route["summary"]).split("\n\n")[0].replace("\n", " ")
            yield tag, (f"`{method.upper()} {path}`", said, ", ".join(names) + _body(route, document))


def _body(route: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Fields of the body, after the parameters of the address."""
    content = route.get("requestBody", {}).get("content", {})
    schemas: list[dict[str, str]] = [form["schema"] for form in content.values()]
    name = schemas[0].get("$ref", "").rpartition("/")[2] if schemas else ""
    fields = document["components"]["schemas"].get(name, {}).get("properties", {})
    return f" body: {', '.join(f'`{field}`' for field in fields)}" if fields else ""


if __name__ == "__main__":
    sys.stdout.write(api_page())
