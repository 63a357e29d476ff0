"""`lexiscope benchmark`: a test set of a lab's own, and models measured on it."""

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar
from lexiscope.cli.scores import print_report

app = typer.Typer(no_args_is_help=True, help="Make a benchmark from your own papers, and measure models on it.")


@app.command()
def make(
    corpus: Annotated[Path, typer.Argument(help="The corpus whose held-out split becomes the benchmark.")],
    out: Annotated[Path, typer.Option(help="A new directory.")],
    *,
    split: Annotated[str, typer.Option(help="Split to take; any name the corpus has.")] = "test",
    most: Annotated[int, typer.Option(min=1, help="Turns asked at most, each at three levels of context.")] = 240,
    prompts: Annotated[Path | None, typer.Option(help="Folder with your own words in place of ours.")] = None,
    seed: Annotated[int, typer.Option(help="Of which turns are asked.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Take the held-out cases of a corpus, with their questions, as a benchmark with a data card and a hash.

    The same corpus and options give the same hash; a benchmark is never overwritten.
    """
    from lexiscope.evaluate.benchmark.make import make_benchmark

    with progress_bar() as progress:
        made = make_benchmark(corpus, out, split=split, limit=most, prompts=prompts, seed=seed, progress=progress)
    if json:
        print_json({"benchmark": str(out), "hash": made.hash, "corpus": made.corpus, "authors": made.authors})
        return
    turns = sum(made.authors.values())
    say(f"benchmark {made.hash} with {turns} turns is in {out}; what it shows and what not: {out / 'README.md'}")


@app.command()
def run(
    benchmark: Annotated[Path, typer.Argument(help="Directory of the benchmark.")],
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    *,
    accept_leak: Annotated[
        str | None, typer.Option(help="Go on although the model learned from what is measured; the reason is printed.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure a model on a benchmark that is unchanged and that the model did not learn from.

    Exit 1 when the benchmark was changed, or shares a group, an image or a text with what the model learned from.
    """
    from lexiscope.evaluate.benchmark.run import run_benchmark

    with progress_bar() as progress:
        report = run_benchmark(benchmark, model, accept_leak=accept_leak, progress=progress)
    if json:
        print_json(report.to_dict())
        return
    print_report(report)
    say(f"benchmark {report.sections['benchmark']['hash']}")
