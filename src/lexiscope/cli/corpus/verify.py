"""`lexiscope corpus verify`: proof that image files are those that were stored."""

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath, Json
from lexiscope.cli.output import print_json, print_table, say


def verify(path: CorpusPath, *, json: Json = False) -> None:
    """Prove that every image file holds the bytes that were stored. Exit code 1 when one does not."""
    from lexiscope.corpus.store import Corpus
    from lexiscope.corpus.verify import verify_corpus

    report = verify_corpus(Corpus.open(path))
    if json:
        print_json(report.to_dict())
    else:
        rows = [(file.case, file.content[:12], file.reason) for file in report.damaged]
        print_table(f"{path}: {'whole' if report.ok else 'damaged'}", ["case", "file", "what"], rows)
        say(f"{report.files - len(report.damaged)} of {report.files} files hold the bytes that were stored")
    if not report.ok:
        raise typer.Exit(1)


app = single(verify)
