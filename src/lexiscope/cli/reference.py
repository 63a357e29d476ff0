"""`command_line_page`: the reference page of the command line, written from the verbs themselves.

python -m lexiscope.cli.reference
"""

import sys
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import typer
from typer.main import get_command

from lexiscope.cli.app import app
from lexiscope.core.markdown import cell

_INTRODUCTION = """# Command line

What `lexiscope VERB --help` says, for every verb. Options of `--config` are the same names, with `_` for `-`.
"""


def command_line_page() -> str:
    """The page as Markdown: every verb with its arguments and options."""
    root = get_command(app)
    parts = [_described(context, command) for context, command in _verbs(typer.Context(root, info_name="lexiscope"))]
    return "\n\n".join([_INTRODUCTION.strip(), *parts]) + "\n"


def _verbs(context: Any) -> Iterator[tuple[Any, Any]]:
    """Every verb below a group that does something itself, with the context of its help."""
    group = context.command
    for name in group.list_commands(context):
        _, command, _ = group.resolve_command(context, [name])
        below = typer.Context(command, info_name=name, parent=context)
        if hasattr(command, "list_commands"):
            yield from _verbs(below)
        else:
            yield below, command


def _described(context: Any, command: Any) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f"## {context.command_path}",
        f"```text\n{context.command_path} {usage}\n```",
        cleandoc(command.help or ""),
    ]
    records = (param.get_help_record(context) for param in command.get_params(context))
    rows = [f"| `{spelling.replace('|', '&#124;')}` | {cell(text)} |" for spelling, text in filter(None, records)]
    return "\n\n".join([*parts, "\n".join(["| argument or option | meaning |", "|---|---|", *rows])])


if __name__ == "__main__":
    sys.stdout.write(command_line_page())
