"""First lines of docstrings read from source text, so that a list of names does not import what they name."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lexiscope.core.docstrings import summary_of


@cache
def summary_at(place: str) -> str:
    """First line of the docstring of what "package.module:attribute" names; empty where the source does not show it.

    Example:
        >>> summary_at("lexiscope.core.progress:nothing")
        ''
        >>> summary_at("lexiscope.core.settings:Settings")[:14]
        'Frozen choices'
    """
    module, _, name = place.partition(":")
    try:
        spec = find_spec(module)
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8")) if spec and spec.origin else None
    except Exception:  # of a package that cannot be imported; loading it tells why
        return ""
    nodes = (node for node in (tree.body if tree else ()) if isinstance(node, ast.ClassDef | ast.FunctionDef))
    return next((summary_of(ast.get_docstring(node)) for node in nodes if node.name == name), "")
