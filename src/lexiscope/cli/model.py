"""`lexiscope model`: hand a model on to other programs."""

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.groups import Command, new_app
from lexiscope.cli.options import Json, ModelPath
from lexiscope.cli.output import print_json, say

app = new_app("Hand a model on to other programs.")


@app.callback()
def _group() -> None:
    """Hand a model on to other programs."""


@app.command(cls=Command)
def export(
    model: ModelPath,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Directory to write; it must not exist.")],
    *,
    form: Annotated[
        str, typer.Option("--as", help="huggingface (transformers, vLLM) or gguf-ready (llama.cpp's converter).")
    ],
    json: Json = False,
) -> None:
    """Write a tuned vision-language model, its adapter merged, in the layout that it was published in."""
    from lexiscope.models.export import export_model

    made = export_model(model, out, form=form)
    if json:
        print_json({"model": str(made), "form": form})
    else:
        say(f"wrote {made}; its README.md says how other programs load it")
