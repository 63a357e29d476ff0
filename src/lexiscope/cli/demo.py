"""`lexiscope demo`: the whole line on a simulated cohort or on a folder of your own."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import Json
from lexiscope.cli.output import print_json, print_lines, print_table, say
from lexiscope.cli.progress import progress_bar
from lexiscope.core.numbers import LARGEST_SEED

if TYPE_CHECKING:
    from lexiscope.demo import DemoResult


def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="A folder that a source reads; without it a cohort of brain visits is simulated."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the corpus, the model and report.html.")] = Path(
        "lexiscope-demo"
    ),
    visits: Annotated[int, typer.Option(help="Visits of the simulated cohort.")] = 200,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of everything random.")] = 0,
    json: Json = False,
) -> None:
    """Simulate (or read), align, index, search, outline, evaluate, interpret, and write a page that shows it all."""
    from lexiscope.demo import run_demo

    with progress_bar() as progress:
        result = run_demo(out, data=data, visits=visits, seed=seed, say=None if json else say, progress=progress)
    if json:
        print_json(result.to_dict())
        return
    for asked in result.questions:
        chance = asked["chance"] * asked["shown"]
        say(f"  “{asked['query']}”: {asked['right']} of {asked['shown']} right, by chance {chance:.1f}")
    if result.outlines:
        rows = [(one.case, one.structure, one.sentence, one.outcome, one.alone) for one in result.outlines]
        print_table(
            "outlined by a sentence", ("case", "structure", "sentence", "outcome", "with an image left out"), rows
        )
    print_lines([str(result.report), f"to open it in a browser: {_serving(result)}"])


def _serving(result: "DemoResult") -> str:
    """Command that serves what the demo made, spelled as this one was."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "lexiscope" else "lexiscope"
    return shlex.join([program, "serve", str(result.model), "--corpus", str(result.corpus)])


app = single(demo)
