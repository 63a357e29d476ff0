"""`lexiscope serve`: a page and an API over opened models and a corpus."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import Config, read_settings, takes, written_in
from lexiscope.cli.output import say
from lexiscope.serve.config import ServeConfig

Models = Annotated[list[Path], typer.Argument(metavar="MODEL...", help="Directories of models.")]


@takes(ServeConfig, into="settings")
def serve(
    models: Models,
    *,
    settings: dict[str, Any],
    corpus: Annotated[Path | None, typer.Option(help="Corpus that cases are looked up in.")] = None,
    config: Config = None,
) -> None:
    """Open a page for people and an API for programs, on this machine alone unless told otherwise.

    It computes in a process for each model, and ends on Ctrl-C once what it was asked is answered.
    """
    from lexiscope.serve.run import is_loopback
    from lexiscope.serve.run import serve as run

    chosen = read_settings(ServeConfig, written_in(config), settings)
    if not is_loopback(chosen.host) and chosen.tls_certificate is None:
        say("without --tls-certificate, everything that is asked and answered crosses the network in the clear")
    run(models, corpus=corpus, config=chosen, on_ready=lambda address: say(f"ready: {address}"))


app = single(serve)
