"""`lazy_group`: a group of commands that imports the one that runs and none that it only lists."""

from collections.abc import Callable, Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

Lines = Callable[[], Mapping[str, str]]
Load = Callable[[str], typer.Typer]


def lazy_group(lines: Lines, load: Load, *, overview: Callable[[], str] | None = None) -> type[TyperGroup]:
    """Class for `typer.Typer(cls=...)` of a group whose commands are made when they run.

    Args:
        lines: Gives name -> one line of help.
        load: Gives the app of a name.
        overview: Gives the help of the whole group; without it the help is made as usual.
    """

    class LazyGroup(TyperGroup):
        """Group that lists stand-ins and runs the real commands."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self._stand_ins = {name: TyperCommand(name, help=line) for name, line in lines().items()}
            self.commands = {**self._stand_ins, **self.commands}

        def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
            name, command, rest = super().resolve_command(ctx, args)
            if name in self._stand_ins and command is self._stand_ins[name]:
                command = get_command(load(name))
                command.name = name
            return name, command, rest

        def format_help(self, ctx: Any, formatter: Any) -> None:
            if overview is None:
                super().format_help(ctx, formatter)
            else:
                formatter.write(overview())

    return LazyGroup


def single(verb: Callable[..., Any], *, name: str | None = None, help: str | None = None) -> typer.Typer:
    """App of one command."""
    app = typer.Typer(add_completion=False)
    app.command(name, help=help)(verb)
    return app
