"""`lexiscope write`: words from what is known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar

if TYPE_CHECKING:
    from lexiscope.language.writer import WriteReport

app = typer.Typer(no_args_is_help=True, help="Write text from what is known of cases.")


_FAILED = 3  # exit code: done, but not about every case


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
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write differently worded sentences from the attributes of each case; each records what it states.

    Run again, it replaces its own sentences and nothing else.
    """
    from lexiscope.language import WRITERS

    writer = WRITERS.load("captions")
    settings = writer.Settings.of(
        {"attributes": tuple(attribute or ()) or None, "sentences": sentences, "dropout": dropout, "seed": seed}
    )
    with progress_bar() as progress:
        report = writer.write(corpus, settings, progress=progress)
    _show(report, json=json)


@app.command()
def conversations(
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS", help="Directory of the corpus.")],
    *,
    with_: Annotated[
        str, typer.Option("--with", help="template (rules), local (a model that runs here) or endpoint (a server).")
    ] = "template",
    model: Annotated[str | None, typer.Option(help="Name, directory or hub name of the language model.")] = None,
    url: Annotated[str | None, typer.Option(help="Of the endpoint, such as http://localhost:8000/v1.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with the endpoint's key.")] = None,
    context: Annotated[str, typer.Option(help="What is read: none (attributes, masks), caption or full.")] = "full",
    attribute: Annotated[
        list[str] | None, typer.Option(help="Ask about these attributes only; about all that show when left out.")
    ] = None,
    prompts: Annotated[Path | None, typer.Option(help="Folder with your own words in place of ours.")] = None,
    prices: Annotated[tuple[float, float], typer.Option(help="Of a million tokens read and a million written.")] = (
        0.0,
        0.0,
    ),
    allow_download: Annotated[bool, typer.Option("--allow-download", help="Let a hub name be fetched.")] = False,
    seed: Annotated[int, typer.Option(help="The only source of chance.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write questions and answers about each case; each answer keeps the words of the texts that support it.

    Run again, it replaces its own turns and nothing else, and asks a model nothing that it answered before. Nothing
    leaves this machine unless an endpoint is named. Exit code 0: done. 3: done, but some cases got no answer.
    """
    from lexiscope.language import WRITERS

    writer = WRITERS.load("conversations")
    settings = writer.Settings.of(
        {
            "generator": with_,
            "context": context,
            "attributes": tuple(attribute or ()) or None,
            "prompts": prompts,
            "model": model,
            "url": url,
            "key_env": key_env,
            "allow_download": allow_download,
            "prices": prices,
            "seed": seed,
        }
    )
    with progress_bar() as progress:
        report = writer.write(corpus, settings, progress=progress)
    _show(report, json=json)


def _show(report: "WriteReport", *, json: bool) -> None:
    if json:
        print_json(report.to_dict())
    else:
        for line in report.lines():
            say(line)
    if report.failed:
        raise typer.Exit(_FAILED)
