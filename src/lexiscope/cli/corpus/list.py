"""`lexiscope corpus list`: the cases of a corpus, one a line."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.groups import single
from lexiscope.cli.options import CorpusPath
from lexiscope.cli.output import print_json, print_lines, print_table

if TYPE_CHECKING:
    from lexiscope.core.case import Case
    from lexiscope.corpus.store import Corpus
    from lexiscope.language.instructions.history import InstructionVersion

_LIST_WIDTH = 60  # characters of a text in the table for people


def list_cases(
    path: CorpusPath,
    *,
    split: Annotated[str | None, typer.Option(help="Only the cases of this split.")] = None,
    texts: Annotated[bool, typer.Option("--texts", help="Every text of every case, one a line, in full.")] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Every instruction that a case ever had, one a line: who, when, in force.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line a case, and nothing else there.")] = False,
) -> None:
    """List the cases; with --json one JSON line a case."""
    from lexiscope.corpus.store import Corpus

    corpus = Corpus.open(path)
    cases = corpus.cases(split)
    try:
        if history:
            _print_history(corpus, split, json=json)
            return
        if texts and not json:
            print_lines(line for case in cases for line in _text_lines(case))
            return
        if not json:
            rows = ((c.id, c.group, c.split or "", " ".join(c.images), _first_text(c.texts)) for c in cases)
            print_table(str(path), ["case", "group", "split", "images", "text"], rows)
            return
        for case in cases:
            print_json(_listed(corpus, case))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Nothing may be written to the closed pipe at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _text_lines(case: "Case") -> Iterator[str]:
    """One line a text: its case, its kind or column, who wrote it and from which modalities, and the words."""
    for text in case.texts:
        kind = f"{text.kind} {text.column}" if text.kind == "instruction" and text.column else text.source
        looked = f" from {' '.join(text.modalities)}" if text.modalities else ""
        yield f"{case.id} | {kind} | {text.author}{looked} | {' '.join(text.text.split())}"


def _print_history(corpus: "Corpus", split: str | None, *, json: bool) -> None:
    from lexiscope.language.instructions.history import instruction_history

    versions = instruction_history(corpus, split=split)
    if not json:
        print_lines(map(_version_line, versions))
        return
    for version in versions:
        print_json(version.to_dict())
    sys.stdout.flush()


def _version_line(one: "InstructionVersion") -> str:
    """One line an instruction: its case and structure, who wrote it from what, since when, its state, and the words."""
    looked = f" from {' '.join(one.modalities)}" if one.modalities else ""
    rules = f" ({one.version[:8]})" if one.version else ""
    by = f" ({one.by or 'somebody'}, correction {one.correction})" if one.correction else ""
    state = "in force" if one.in_force else "earlier" if one.text else "taken back"
    words = " ".join(one.text.split())
    return (
        f"{one.case} | {one.structure} | {one.author}{rules}{by}{looked} | {one.time or 'before'} | {state} | {words}"
    )


def _listed(corpus: "Corpus", case: "Case") -> dict[str, Any]:
    """A case as JSON types, with the path of every file, so that other programs can open it."""
    record = case.to_dict()
    for role, images in (("images", case.images), ("masks", case.masks)):
        for name, image in images.items():
            record[role][name]["path"] = str(corpus.object_path(image))
    return record


def _first_text(texts: Iterable[Any]) -> str:
    return next((text.text[:_LIST_WIDTH] for text in texts), "")


app = single(list_cases)
