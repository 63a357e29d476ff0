"""`lexiscope benchmark`: a test set of a lab's own, and models measured on it."""

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.groups import Command, new_app
from lexiscope.cli.options import AcceptLeak, CorpusPath, Json, ModelPath, written_in
from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar
from lexiscope.cli.reports import print_report
from lexiscope.core.numbers import LARGEST_SEED

app = new_app("Make a benchmark from your own papers, and measure models on it.")


@app.command(cls=Command)
def make(
    corpus: CorpusPath,
    *,
    out: Annotated[Path, typer.Option(help="New directory for the benchmark.")],
    split: Annotated[str, typer.Option(help="Split to take; any name the corpus has.")] = "test",
    limit: Annotated[int, typer.Option(min=1, help="Turns asked at most, each at three levels of context.")] = 240,
    prompts: Annotated[Path | None, typer.Option(help="Folder with your own words in place of ours.")] = None,
    evaluation: Annotated[
        str, typer.Option(help="Evaluation that measures on it, as in `lexiscope evaluate NAME`.")
    ] = "assistant",
    config: Annotated[Path | None, typer.Option(help="Options of that evaluation in YAML.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the draw of turns.")] = 0,
    json: Json = False,
) -> None:
    """Take the held-out cases of a corpus, with their questions, as a benchmark with a data card and a hash.

    The same corpus and options give the same hash; a benchmark is never overwritten.
    """
    from lexiscope.evaluate.benchmark.make import make_benchmark

    with progress_bar() as progress:
        made = make_benchmark(
            corpus,
            out,
            split=split,
            evaluation=evaluation,
            limit=limit,
            prompts=prompts,
            seed=seed,
            progress=progress,
            **written_in(config),
        )
    if json:
        print_json({"benchmark": str(out), "hash": made.hash, "corpus": made.corpus, "authors": made.authors})
        return
    turns = sum(made.authors.values())
    say(f"benchmark {made.hash} with {turns} turns is in {out}; what it shows and what not: {out / 'README.md'}")


@app.command(cls=Command)
def run(
    benchmark: Annotated[Path, typer.Argument(metavar="BENCHMARK", help="Directory of the benchmark.")],
    model: ModelPath,
    *,
    accept_leak: AcceptLeak = None,
    json: Json = False,
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
