"""`lexiscope corpus export`: a corpus in the format of another program."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath, Json
from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar
from lexiscope.corpus import EXCHANGE


def export_cases(
    path: CorpusPath,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File or folder to write; it must not exist.")],
    *,
    form: Annotated[
        str, typer.Option("--as", help=f"Format: {', '.join(EXCHANGE)}.", autocompletion=lambda: list(EXCHANGE))
    ],
    json: Json = False,
) -> None:
    """Write a corpus in another format. What the format cannot hold is counted, not dropped in silence."""
    from lexiscope.corpus.exchange import export_corpus
    from lexiscope.corpus.store import Corpus

    with progress_bar() as progress:
        report = export_corpus(Corpus.open(path), out, form=form, progress=progress)
    if json:
        print_json(asdict(report))
        return
    say(f"{report.cases} cases written to {out}; {report.left_out} left out{report.reason and ': ' + report.reason}")
    if report.left_behind:
        lost = ", ".join(f"{count} {what}" for what, count in report.left_behind.items())
        say(f"{form} does not hold, so these stayed behind: {lost}")


app = single(export_cases)
