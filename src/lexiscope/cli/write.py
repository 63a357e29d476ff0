"""`lexiscope write`: words from what is known."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar

app = typer.Typer(no_args_is_help=True, help="Write text from what is known of cases.")


@app.callback()
def _write() -> None:
    pass


@app.command()
def captions(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="Directory of the corpus.")],
    *,
    attribute: Annotated[
        list[str] | None, typer.Option(help="Write about these only; all when left out. Repeatable.")
    ] = None,
    sentences: Annotated[int, typer.Option(help="Sentences for each case.")] = 3,
    dropout: Annotated[float, typer.Option(help="Chance that a sentence leaves an attribute out.")] = 0.3,
    seed: Annotated[int, typer.Option(help="The only source of chance.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write differently worded sentences from the attributes of each case; each records what it states.

    Run again, it replaces its own sentences and nothing else.
    """
    from lexiscope.language.captions import write_captions
    from lexiscope.language.template import TemplateWriter

    names = tuple(attribute) if attribute else None
    writer = TemplateWriter(attributes=names, sentences=sentences, dropout=dropout, seed=seed)
    with progress_bar(quiet=as_json) as progress:
        report = write_captions(corpus, writer=writer, progress=progress)
    if as_json:
        print_json(asdict(report))
        return
    say(f"{report.passages} sentences for {report.cases} cases ({report.updated} changed); corpus {report.corpus}")
    if report.silent:
        say(f"{report.silent} cases have none of the attributes and got no sentence")
