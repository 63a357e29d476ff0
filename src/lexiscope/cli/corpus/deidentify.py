"""`lexiscope corpus deidentify`: DICOM images without identifiers."""

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.corpus.report import REJECTED
from lexiscope.cli.groups import single
from lexiscope.cli.options import Json
from lexiscope.cli.output import print_json, print_table, say
from lexiscope.cli.progress import progress_bar


def deidentify(
    folder: Annotated[Path, typer.Argument(metavar="IN", help="Folder of DICOM files.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write; it must be new or empty.")],
    *,
    key: Annotated[Path | None, typer.Option(help="File of secret bytes; the same key links later runs.")] = None,
    ocr: Annotated[bool, typer.Option("--ocr", help="Find burned-in text by OCR and blank it.")] = False,
    keep_characteristics: Annotated[
        bool, typer.Option("--keep-characteristics", help="Keep age, sex, size and weight.")
    ] = False,
    json: Json = False,
) -> None:
    """Copy DICOM images without identifiers (PS3.15 basic profile), checked byte by byte, with an audit log.

    Exit code 0: done. 3: done, but some files were refused. 1: every file was refused. 2: wrong use.
    """
    from lexiscope.corpus.deidentify import deidentify_folder
    from lexiscope.corpus.deidentify.burned import ocr as text_finder

    find_text = text_finder() if ocr else None
    with progress_bar() as progress:
        report = deidentify_folder(
            folder, out, key=key, find_text=find_text, characteristics=keep_characteristics, progress=progress
        )
    if json:
        print_json(report.to_dict())
    else:
        print_table(str(out), ["refused", "why"], report.refused)
        say(f"{report.written} files written, {report.blanked} stretches of burned-in text blanked")
        say(f"{report.searched} identifiers of the originals were searched for in the output; none stands in it")
        if report.unchecked:
            why = "their pixels are of a kind in which none is searched" if ocr else "pass --ocr to search them"
            say(f"{report.unchecked} images were not searched for burned-in text; {why}")
    if not report.written:
        raise typer.Exit(1)
    if report.refused:
        raise typer.Exit(REJECTED)


app = single(deidentify)
