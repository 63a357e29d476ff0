"""First lines of docstrings read from source text, so that a list of names does not import what they name."""

import ast
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import cleandoc
from pathlib import Path


@cache
def summary_at(place: str) -> str:
    """First line of the docstring of what "package.module:attribute" names.

    Example:
        >>> summary_at("lexiscope.core.progress:nothing")
        ''
        >>> summary_at("lexiscope.core.settings:Settings")[:14]
        'Frozen choices'
    """
    module, _, name = place.partition(":")
    try:
        found = find_spec(module)
        tree = ast.parse(Path(found.origin).read_text(encoding="utf-8")) if found and found.origin else None
    except (ImportError, OSError, SyntaxError):
        return ""
    for node in tree.body if tree else ():
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
            return cleandoc(ast.get_docstring(node) or "").partition("\n")[0]
    return _imported(module, name)


def _imported(module: str, name: str) -> str:
    """Summary of what a module takes from another one."""
    try:
        docstring = getattr(import_module(module), name).__doc__
    except (ImportError, AttributeError):
        return ""
    return cleandoc(docstring or "").partition("\n")[0]
