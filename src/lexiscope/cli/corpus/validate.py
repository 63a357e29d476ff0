"""`lexiscope corpus validate`: a file of conversations, checked row by row."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import Json
from lexiscope.cli.output import print_json, print_table, say


def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of conversations, or the folder that holds it.")],
    *,
    form: Annotated[str, typer.Option("--as", help="Format: llava or openai.")],
    json: Json = False,
) -> None:
    """Check a file of conversations row by row, and open every image, before anything is trained on it.

    Exit code 0: every row can be used. 1: some cannot; each is named with the reason. 2: wrong use.
    """
    from lexiscope.corpus.exchange import validate_file

    check = validate_file(file, form=form)
    if json:
        print_json({"ok": check.ok, **asdict(check)})
    else:
        rows = [(fault.row, fault.id or "", fault.reason) for fault in check.faults]
        if rows:
            print_table(str(file), ["row", "id", "reason"], rows)
        say(f"{check.rows} rows, {len(check.faults)} of them cannot be used")
    if not check.ok:
        raise typer.Exit(1)


app = single(validate)
