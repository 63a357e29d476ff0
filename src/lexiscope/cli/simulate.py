"""`lexiscope simulate`: data whose truth is known, to try things on."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar

app = typer.Typer(no_args_is_help=True, help="Make data whose truth is known, to try things on.")


@app.callback()
def _simulate() -> None:
    pass


@app.command()
def papers(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the papers; `corpus build` reads it.")],
    *,
    papers: Annotated[int, typer.Option(help="How many.")] = 120,
    seed: Annotated[int, typer.Option(help="The only source of chance.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make small papers with electron micrographs of glass: bubbles, cracks, crystals, phase separation, or none.

    Run again, it makes only what is missing.
    """
    from lexiscope.simulate.glass import write_glass_papers

    with progress_bar() as progress:
        found = write_glass_papers(folder, papers=papers, seed=seed, progress=progress)
    if json:
        print_json(asdict(found))
    else:
        say(f"{found.papers} papers in {folder}, {found.written} of them made now")
