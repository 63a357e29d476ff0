"""`lexiscope write`: texts about the cases of a corpus; a command for each entry of `lexiscope.language.WRITERS`."""

from typing import Any

import typer

from lexiscope.cli.groups import lazy_group, lines_of, new_app, single
from lexiscope.cli.options import Config, CorpusPath, Json, read_settings, takes, written_in
from lexiscope.cli.output import print_json, say
from lexiscope.cli.progress import progress_bar
from lexiscope.core.docstrings import description_of
from lexiscope.language import WRITERS

_FAILED = 3  # exit code: done, but not about every case


def writer_app(name: str) -> typer.Typer:
    """App of one writer, with the options of its settings."""
    writer = WRITERS.load(name)

    @takes(writer.Settings)
    def write(corpus: CorpusPath, *, given: dict[str, Any], config: Config = None, json: Json = False) -> None:
        settings = read_settings(writer.Settings, written_in(config), given)
        with progress_bar() as progress:
            report = writer.write(corpus, settings, progress=progress)
        if json:
            print_json(report.to_dict())
        else:
            for line in report.lines():
                say(line)
        if report.failed:
            raise typer.Exit(_FAILED)

    return single(write, help=description_of(writer.write.__doc__ or writer.__doc__))


app = new_app(
    "Write texts about the cases of a corpus from what is known of them.",
    cls=lazy_group(lambda: lines_of(WRITERS), writer_app),
)
