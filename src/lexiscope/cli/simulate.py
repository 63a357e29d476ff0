"""`lexiscope simulate`: data whose truth is known, to try things on."""

import shlex
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


@app.command(cls=Command)
def scenes(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the pictures and their table.")],
    *,
    scenes: Annotated[int, typer.Option(help="Number of scenes, each a group of four pictures.")] = 96,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of everything random.")] = 0,
    json: Json = False,
) -> None:
    """Make small colour and depth images with masks: of each class it is known whether colour or depth shows it.

    A stain is seen in colour alone, a mound in depth alone, a block in both, and a token only by both together. Run
    again, it makes only what is missing.
    """
    from lexiscope.simulate.scenes import write_scenes

    with progress_bar() as progress:
        made = write_scenes(folder, scenes=scenes, seed=seed, progress=progress)
    if json:
        print_json(asdict(made))
        return
    say(f"{made.pictures} pictures of {made.scenes} scenes in {folder}, {made.written} scenes of them made now")
    say(f"lexiscope corpus build CORPUS {made.table} {shlex.join(made.options)}")


@app.command(cls=Command)
def scans(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the scans; `corpus build` reads it.")],
    *,
    layout: Annotated[
        str, typer.Option("--as", help="Layout: dicom, bids, nifti (a folder a case), labels or micrograph.")
    ] = "dicom",
    patients: Annotated[int, typer.Option(help="Number of patients.")] = 2,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the noise.")] = 0,
    json: Json = False,
) -> None:
    """Make tiny scans in a layout that labs have, to try a source on.

    Every scan shows an organ. Of three patients the first has a cyst, the second none, and nobody annotated the third.
    """
    from lexiscope.simulate.scans import write_scans

    made = write_scans(folder, layout=layout, patients=patients, seed=seed)
    if json:
        print_json(asdict(made))
    else:
        say(f"{made.files} files of {made.patients} patients in {folder}")


@app.command(cls=Command)
def paper(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the paper; `corpus build` reads it.")],
    *,
    json: Json = False,
) -> None:
    """Make one small paper as PDF: a figure of two panels, its caption, and a paragraph that mentions it."""
    from lexiscope.simulate.paper import write_paper

    path = write_paper(folder)
    if json:
        print_json({"path": str(path)})
    else:
        say(f"one paper: {path}")
