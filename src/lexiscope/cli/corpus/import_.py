"""`lexiscope corpus import`: what another format holds, added to a corpus."""

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.corpus.report import end_build
from lexiscope.cli.groups import single
from lexiscope.cli.options import JOBS, Jobs, Json, NewCorpusPath
from lexiscope.cli.progress import progress_bar
from lexiscope.corpus import EXCHANGE


def import_cases(
    path: NewCorpusPath,
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="File or folder that `corpus export` or another program wrote.")
    ],
    *,
    form: Annotated[
        str, typer.Option("--as", help=f"Format: {', '.join(EXCHANGE)}.", autocompletion=lambda: list(EXCHANGE))
    ],
    jobs: Jobs = JOBS,
    json: Json = False,
) -> None:
    """Add what another format holds to a corpus; as `build`, with the same exit codes."""
    from lexiscope.corpus.exchange import import_corpus

    with progress_bar() as progress:
        report = import_corpus(path, source, form=form, jobs=jobs, progress=progress)
    end_build(path, report, json=json)


app = single(import_cases)
