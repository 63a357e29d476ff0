"""`lexiscope index`: make a corpus searchable with a model."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar

app = typer.Typer(add_completion=False)


@app.command()
def index(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    corpus: Annotated[Path, typer.Argument(help="Corpus directory.")],
    url: Annotated[
        str | None, typer.Option(help="Qdrant server to use instead of the embedded store; contacted only when named.")
    ] = None,
    api_key: Annotated[str | None, typer.Option(envvar="LEXISCOPE_QDRANT_API_KEY", help="Key of that server.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a corpus searchable: by meaning, by exact words, and with filters.

    Run it again after the model or the corpus changed; only new images are embedded.
    """
    from lexiscope.corpus import Corpus
    from lexiscope.tasks.search.indexing import index_corpus

    with progress_bar() as progress:
        report = index_corpus(model, Corpus.open(corpus), url=url, api_key=api_key, progress=progress)
    if json:
        print_json(asdict(report))
        return
    state = "up to date" if report.fresh else f"{report.embedded} newly embedded"
    say(
        f"{report.cases} cases indexed ({report.images} with images, {report.texts} with text), {state}; {report.place}"
    )
    if report.unsearchable:
        say(f"{report.unsearchable} cases have neither text nor an image that the model reads, and cannot be found")
