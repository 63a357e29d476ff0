"""`lexiscope write`: words from what is known."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar

if TYPE_CHECKING:
    from lexiscope.language.conversations.write import ConversationReport

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
    from lexiscope.language.captions.template import TemplateWriter
    from lexiscope.language.captions.write import write_captions

    names = tuple(attribute) if attribute else None
    writer = TemplateWriter(attributes=names, sentences=sentences, dropout=dropout, seed=seed)
    with progress_bar() as progress:
        report = write_captions(corpus, writer=writer, progress=progress)
    if json:
        print_json(asdict(report))
        return
    say(f"{report.passages} sentences for {report.cases} cases ({report.updated} changed); corpus {report.corpus}")
    if report.silent:
        say(f"{report.silent} cases have none of the attributes and got no sentence")


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
    from lexiscope.corpus.store import Corpus
    from lexiscope.language.conversations.open import open_generator
    from lexiscope.language.conversations.write import write_conversations

    opened = Corpus.open(corpus)
    writer = open_generator(
        opened,
        with_,
        level=context,
        attributes=tuple(attribute) if attribute else None,
        prompts=prompts,
        model=model,
        url=url,
        key_env=key_env,
        allow_download=allow_download,
        prices=prices,
        seed=seed,
    )
    with progress_bar() as progress:
        report = write_conversations(opened, writer=writer, seed=seed, progress=progress)
    if json:
        print_json(report.to_dict())
    else:
        _show(corpus, report)
    if report.failed:
        raise typer.Exit(_FAILED)


def _show(corpus: Path, report: "ConversationReport") -> None:
    rows = [("kind of turn", *pair) for pair in report.kinds.items()]
    rows += [("refused", *pair) for pair in report.rejected.items()]
    print_table(str(corpus), ["", "", "turns"], rows)
    say(f"{report.turns} turns about {report.cases} cases ({report.updated} changed); corpus {report.corpus}")
    if report.without_text:
        say(f"{report.without_text} turns rest on attributes or masks that no text states, and have no evidence")
    if report.silent:
        say(f"{report.silent} cases have nothing that can be asked about")
    if report.usage:
        say(", ".join(f"{name.replace('_', ' ')} {count:g}" for name, count in report.usage.items()))
    if report.failed:
        say(f"{len(report.failed)} cases got no answer and stay as they were; run again. The last said: ")
        say(f"  {list(report.failed.values())[-1]}")
