"""`app`: the whole command line; each verb is imported when it runs."""

import os
from importlib import import_module
from typing import Annotated

import typer

from lexiscope.cli.groups import lazy_group
from lexiscope.cli.verbs import ABOUT, OPTIONS, PREDICT, overview, task_of, verbs


def _lines() -> dict[str, str]:
    return {name: text for name, (_, text) in verbs().items()}


def _load(name: str) -> typer.Typer:
    place, _ = verbs()[name]
    module, _, attribute = place.partition(":")
    made = getattr(import_module(module), attribute)
    app: typer.Typer = made(task_of(name)) if place == PREDICT else made
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"lexiscope {version('lexiscope')}")
        raise typer.Exit


app = typer.Typer(
    name="lexiscope",
    cls=lazy_group(_lines, _load, overview=overview),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=ABOUT,
)


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help=OPTIONS["--debug"])] = False,
    version: Annotated[  # noqa: ARG001 - done by its callback
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help=OPTIONS["--version"])
    ] = False,
) -> None:
    os.environ["LEXISCOPE_DEBUG"] = "1" if debug else ""
