"""`lexiscope index`: make a corpus searchable with a model."""

from dataclasses import asdict
from typing import Annotated

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath, Json, ModelPath
from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar


def index(
    model: ModelPath,
    corpus: CorpusPath,
    *,
    url: Annotated[
        str | None, typer.Option(help="Qdrant server to use instead of the embedded store; contacted only when named.")
    ] = None,
    api_key: Annotated[str | None, typer.Option(envvar="LEXISCOPE_QDRANT_API_KEY", help="Key of that server.")] = None,
    store: Annotated[
        str | None,
        typer.Option(help="Vector store: edge (inside the model directory), server (with --url) or another package's."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(help="Make the model of a published image-text model first, untrained: hub name or directory."),
    ] = None,
    allow_download: Annotated[
        bool, typer.Option("--allow-download", help="Fetch that model when it is nowhere on this machine.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a corpus searchable: by meaning, by exact words, and with filters.

    Run it again after the model or the corpus changed; only new images are embedded.
    """
    from lexiscope.corpus import Corpus
    from lexiscope.tasks.search.indexing import index_corpus

    with progress_bar() as progress:
        report = index_corpus(
            model,
            Corpus.open(corpus),
            url=url,
            api_key=api_key,
            store=store,
            start=start,
            allow_download=allow_download,
            progress=progress,
        )
    if json:
        print_json(asdict(report))
        return
    state = "up to date" if report.fresh else f"{report.embedded} newly embedded"
    counts = f"{report.images} with images, {report.texts} with text"
    say(f"{report.cases} cases indexed ({counts}), {state}; {report.place}")
    if report.unsearchable:
        say(f"{report.unsearchable} cases have neither text nor an image that the model reads, and cannot be found")


app = single(index)
