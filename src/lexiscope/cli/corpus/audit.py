"""`lexiscope corpus audit`: proof that splits share nothing."""

from typing import Annotated

import typer

from lexiscope.cli.corpus.report import flat
from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath, Json
from lexiscope.cli.output import print_json, print_table, say


def audit(
    path: CorpusPath,
    *,
    split: Annotated[
        list[str] | None, typer.Option(help="Compare only this split and others that are named; repeatable.")
    ] = None,
    json: Json = False,
) -> None:
    """Prove that no two splits share a group, an image or a describing text. Exit code 1 when they do."""
    from lexiscope.corpus.audit import audit_corpus
    from lexiscope.corpus.store import Corpus

    report = audit_corpus(Corpus.open(path), splits=split or None)
    if json:
        print_json(report.to_dict())
    else:
        rows = [(leak.kind, " / ".join(leak.splits), leak.detail) for leak in report.leaks]
        print_table(f"{path}: {'passed' if report.ok else 'refused'}", ["shared", "splits", "what"], rows)
        say(f"refused: {flat(report.refused) or 'nothing'}; reported only: {flat(report.reported)}\n{report.rule}")
    if not report.ok:
        raise typer.Exit(1)


app = single(audit)
