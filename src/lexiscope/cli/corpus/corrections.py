"""`lexiscope corpus corrections`: what people corrected, the oldest first."""

from typing import Annotated, Any

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath
from lexiscope.cli.output import print_json, print_table


def corrections(
    path: CorpusPath,
    *,
    case: Annotated[str | None, typer.Option(help="Only the corrections of this case.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line a correction.")] = False,
) -> None:
    """List what people corrected: what was said before, what is said now, and which prediction it corrects."""
    from lexiscope.corpus.store import Corpus

    corpus = Corpus.open(path)
    if case is not None:
        corpus.take([case])  # a case that is not there has no corrections, which would say nothing
    listed = [correction.to_dict() for correction in corpus.ledger.corrections(case)]
    if json:
        for record in listed:
            print_json(record)
        return
    rows = [
        (one["number"], one["case"], one["kind"], _shown(one["before"]), _shown(one["value"]), one["time"])
        for one in listed
    ]
    print_table(str(path), ["", "case", "what", "before", "now", "when"], rows)


def _shown(value: Any) -> str:
    """What a person reads of a value: its words, or the marked pixels of a mask."""
    if isinstance(value, list):
        return "; ".join(map(_shown, value))
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    if "mask" in value:
        return _shown(value["mask"])
    if "content" in value:
        return f"{value['modality']}, {value['marked']} pixels ({value['content'][:12]})"
    words = (value.get(name) for name in ("question", "name", "text", "answer", "value"))
    return " ".join(str(word) for word in words if word is not None)


app = single(corrections)
