"""Apps of the command line: `new_app`, and `lazy_group`, which imports the command that runs and none that it lists."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from lexiscope.cli.summaries import summary_at
from lexiscope.core.catalog import Catalog
from lexiscope.core.docstrings import summary_of
from lexiscope.core.errors import PluginError, UsageError

RENAMED = {
    "--most": "--limit",
    "--rare": "--min-groups",
    "--fit-on": "--learned-from",
    "--evidence-from": "--learned-from",
    "--task": "lexiscope evaluate TASK MODEL CORPUS",
    "interpret": "assistant",
}

Lines = Callable[[], Mapping[str, str]]
Load = Callable[[str], typer.Typer]


class Group(TyperGroup):
    """Group whose help shows the first line of every command whole."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command of a line, and the words that are left for it.

        Raises:
            UsageError: a command or an option that has another name now.
        """
        if args and args[0] not in self.commands:
            _refuse_old_names(args)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands."""
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, (command.help or "").partition("\n")[0]) for name, command in commands if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def lazy_group(lines: Lines, load: Load, *, overview: Callable[[], str] | None = None) -> type[Group]:
    """Class for `typer.Typer(cls=...)` of a group whose commands are made when they run.

    Args:
        lines: Gives name -> one line of help.
        load: Gives the app of a name.
        overview: Gives the help of the whole group; without it the help is made as usual.
    """

    class LazyGroup(Group):
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


def lines_of(table: Catalog) -> dict[str, str]:
    """Name -> first line of the docstring of what it stands for, with nothing of it imported where the source tells."""
    lines = {}
    for name in table:
        try:
            lines[name] = summary_at(table[name]) or summary_of(table.load(name).__doc__)
        except PluginError as error:
            lines[name] = f"Cannot be used: {error}"
    return lines


def new_app(help: str, *, cls: type[Group] = Group) -> typer.Typer:
    """App of several commands, or of those that a group makes when they run.

    Args:
        help: Text of its help, as in a docstring.
        cls: Class of the group, from `lazy_group`.
    """
    app = typer.Typer(cls=cls, help=help, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.callback()(_nothing)
    return app


def single(verb: Callable[..., Any], *, help: str | None = None) -> typer.Typer:
    """App of one command.

    Args:
        verb: Function that runs.
        help: Text of its help; the docstring of the function when None.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(help=help, cls=Command)(verb)
    return app


class Command(TyperCommand):
    """Command whose help stands in the sections that its options name, and that knows what options were called once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line.

        Raises:
            UsageError: an option that has another name now.
        """
        known = {spelling for param in self.params for spelling in (*param.opts, *param.secondary_opts)}
        _refuse_old_names(word for word in args if word.startswith("--") and word.partition("=")[0] not in known)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, section by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                title = getattr(param, "rich_help_panel", None) or f"{param.param_type_name.title()}s"
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def _refuse_old_names(words: Iterable[str]) -> None:
    for word in words:
        name = word.partition("=")[0]
        if name in RENAMED:
            raise UsageError(f"{name} has another name now: write {RENAMED[name]}")


def _nothing() -> None:
    """Make an app a group, whatever the number of its commands."""
