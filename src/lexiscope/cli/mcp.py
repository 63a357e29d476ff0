"""`lexiscope mcp`: read-only tools over a model and a corpus for a chat client."""

import os
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import ModelPath
from lexiscope.cli.output import say


def mcp(
    model: ModelPath,
    *,
    corpus: Annotated[Path, typer.Option(help="Corpus of the cases that may be asked about.")],
    http: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            metavar="PORT",
            help="Speak HTTP on this port of 127.0.0.1 (0: a free one), with the token in LEXISCOPE_TOKEN; "
            "stdin and stdout otherwise.",
        ),
    ] = None,
) -> None:
    """Give a chat client tools over a model and a corpus, by the Model Context Protocol.

    The tools change nothing and take ids of cases: get_case, and every task whose part the model has. A chat client
    starts this command itself, and ends it. Needs: pip install 'lexiscope[serve]'
    """
    from lexiscope.serve.mcp.run import serve_mcp

    token = os.environ.get("LEXISCOPE_TOKEN")
    serve_mcp(model, corpus, port=http, token=token, on_ready=lambda address: say(f"ready: {address}"))


app = single(mcp)
