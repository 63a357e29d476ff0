"""`python_page`: the reference page of the Python names of lexiscope, written from their docstrings.

python -m lexiscope.testing.python_page
"""

import inspect
import re
import sys
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin

import lexiscope
from lexiscope.core import errors
from lexiscope.core.docstrings import argument_texts, description_of, inherited_texts, summary_of
from lexiscope.core.markdown import cell

_INTRODUCTION = """# Python

The names of `import lexiscope`. Verbs of the command line are functions with the same arguments; what many choices need
is a class of settings, whose fields are the options.
"""


def python_page() -> str:
    """The page as Markdown: classes, functions and the tree of errors."""
    named = {name: getattr(lexiscope, name) for name in sorted(lexiscope.__all__)}
    classes = [_class(name, thing) for name, thing in named.items() if inspect.isclass(thing)]
    functions = [_function(name, thing) for name, thing in named.items() if not inspect.isclass(thing)]
    tree = f"## Errors\n\n```text\n{(errors.__doc__ or '').strip()}\n```"
    return "\n\n".join([_INTRODUCTION.strip(), *classes, *functions, tree]) + "\n"


def _class(name: str, thing: type) -> str:
    parts = [f"## {name}", f"`{thing.__module__}.{thing.__qualname__}`", description_of(thing.__doc__)]
    parts += [_arguments(thing, inherited_texts(thing)), *_sections(thing)]
    public = [(method, value) for method, value in vars(thing).items() if not method.startswith("_")]
    rows = [f"| `{method}` | {cell(text)} |" for method, value in public if (text := _method_summary(value))]
    return _joined([*parts, "\n".join(["| method | what it does |", "|---|---|", *rows]) if rows else ""])


def _method_summary(value: object) -> str:
    """First line of a method's docstring; empty for what is none."""
    if isinstance(value, classmethod | staticmethod):
        value = value.__func__
    return summary_of(value.__doc__) if isinstance(value, types.FunctionType | property) else ""


def _function(name: str, thing: Callable[..., Any]) -> str:
    takes = [_short(item) for item in _parameters(thing).values()]
    signature = f"```python\n{name}({', '.join(takes)})\n```"
    parts = [f"## {name}", signature, description_of(thing.__doc__)]
    return _joined([*parts, _arguments(thing, argument_texts(thing.__doc__)), *_sections(thing)])


def _parameters(thing: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(thing).parameters
    except ValueError:  # an error takes what `Exception` takes
        return {}


def _short(item: inspect.Parameter) -> str:
    default = "" if item.default is item.empty else f"={item.default!r}"
    return f"{item.name}{default}"


def _arguments(thing: Any, texts: dict[str, str]) -> str:
    """Table of arguments: type, default and text."""
    rows = []
    for name, item in _parameters(thing).items():
        kind = "" if item.annotation is item.empty else _plain(item.annotation)
        default = "" if item.default is item.empty else f"`{item.default!r}`"
        rows.append(f"| `{name}` | {cell(kind)} | {default} | {cell(texts.get(name, ''))} |")
    return "\n".join(["| argument | type | default | meaning |", "|---|---|---|---|", *rows]) if rows else ""


def _plain(annotation: Any) -> str:
    """A type in words of Python, without bounds and without the modules that its names are from."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", inspect.formatannotation(annotation))


def _sections(thing: Any) -> list[str]:
    """What it raises, and an example."""
    text = inspect.cleandoc(thing.__doc__ or "")
    _, _, raised = text.partition("\nRaises:\n")
    _, _, shown = text.partition("\nExample:\n")
    entries = re.split(r"\n {4}(?=\S)", "\n" + re.split(r"\n(?=\S)", raised)[0])[1:]
    example = inspect.cleandoc(f"\n{shown}")
    return [
        "Raises:\n\n" + "\n".join(f"- {cell(entry)}" for entry in entries) if raised else "",
        f"```pycon\n{example}\n```" if shown else "",
    ]


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


if __name__ == "__main__":
    sys.stdout.write(python_page())
