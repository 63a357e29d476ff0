"""`lexiscope simulate`: data whose truth is known, to try things on."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.groups import Command, new_app
from lexiscope.cli.options import Json
from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar
from lexiscope.core.numbers import LARGEST_SEED

app = new_app("Make data whose truth is known, to try things on.")


@app.command(cls=Command)
def papers(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the papers; `corpus build` reads it.")],
    *,
    papers: Annotated[int, typer.Option(help="Number of papers.")] = 120,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of everything random.")] = 0,
    json: Json = False,
) -> None:
    """Make small papers with electron micrographs of glass: bubbles, cracks, crystals, phase separation, or none.

    Run again, it makes only what is missing.
    """
    from lexiscope.simulate.glass import write_glass_papers

    with progress_bar() as progress:
        made = write_glass_papers(folder, papers=papers, seed=seed, progress=progress)
    if json:
        print_json(asdict(made))
    else:
        say(f"{made.papers} papers in {folder}, {made.written} of them made now")
