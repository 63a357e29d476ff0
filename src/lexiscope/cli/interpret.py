"""`lexiscope interpret`: what each input of a model contributes, how inputs work together, when not to believe it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath, Json, ModelPath
from lexiscope.cli.output import print_json, print_lines, print_table, say
from lexiscope.cli.progress import progress_bar
from lexiscope.core.numbers import LARGEST_SEED
from lexiscope.interpret import METHODS, MOST_CASES

if TYPE_CHECKING:
    from lexiscope.interpret.interpretation import Interpretation
    from lexiscope.interpret.result import Result

_ROWS = 20  # of a table on the terminal


def interpret(
    model: ModelPath,
    corpus: CorpusPath,
    *,
    split: Annotated[str, typer.Option(help="Split to interpret on; any name the corpus has.")] = "test",
    method: Annotated[
        list[str] | None,
        typer.Option(help=f"Method to use, all of them when none is named; repeatable: {', '.join(METHODS)}."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, help=f"Largest number of cases of each part, drawn over all groups; {MOST_CASES} if not given."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for report.html and report.json.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of everything that is drawn.")] = 0,
    json: Json = False,
) -> None:
    """Say what each input of a model contributes, how inputs work together, and when not to believe it.

    Every part of the model is interpreted with every method that it can serve; what is left out is listed with the
    reason. The page of --out shows it with charts, and needs: pip install 'lexiscope[interpret]'
    """
    from lexiscope.interpret.run import interpret_model

    with progress_bar() as progress:
        made = interpret_model(
            model, corpus, split=split, methods=method or None, limit=limit, out=out, seed=seed, progress=progress
        )
    for note in made.notes:
        say(note)
    if json:
        print_json(made.to_dict())
    else:
        _print(made)
    if out is not None:
        say(f"written: {out / 'report.html'}, {out / 'report.json'}")


def _print(made: "Interpretation") -> None:
    """Findings and numbers of every part, then once for each method what its numbers cannot tell."""
    for subject in made.subjects:
        print_lines(["", f"{subject.name}: {subject.cases} cases of {subject.groups} groups, score: {subject.score}"])
        print_lines([subject.drawn] if subject.drawn else [])
        for result in subject.results:
            _print_result(result)
        for one in subject.left_out:
            say(f"without {one.name}: {one.reason}")
    for one in made.left_out:
        say(f"without the part {one.name}: {one.reason}")
    for result in {result.method: result for subject in made.subjects for result in subject.results}.values():
        say(f"{result.method} assumes: {result.assumes}")
        say(f"{result.method} can't tell: {result.cannot_tell}")


def _print_result(result: "Result") -> None:
    from lexiscope.interpret.result import cell

    columns = list(result.rows[0]) if result.rows else []
    rows = [[cell(row[name]) for name in columns] for row in result.rows[:_ROWS]]
    print_table(f"{result.method}: {result.title}", columns, rows)
    if len(result.rows) > _ROWS:
        say(f"{len(result.rows) - _ROWS} more rows with --json or --out")
    print_lines([*result.findings, *([f"looked at: {result.sample}"] if result.sample else [])])


app = single(interpret)
