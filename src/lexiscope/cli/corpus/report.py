"""End of a verb that adds cases to a corpus: its counts, and the exit code."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lexiscope.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from lexiscope.corpus.build import BuildReport

REJECTED = 3  # exit code: done, but some input was rejected


def end_build(path: Path, report: "BuildReport", *, json: bool) -> None:
    """Print the counts of a build; exit 1 when nothing was usable, 3 when some input was rejected."""
    if json:
        print_json(report.to_dict())
    else:
        print_table(str(path), ["what", "how many"], [(name, flat(value)) for name, value in report.to_dict().items()])
    for note in _notes(path, report):
        say(note)
    if not report.usable:
        say("nothing in the source was usable")
        raise typer.Exit(1)
    if report.rejected:
        raise typer.Exit(REJECTED)


def _notes(path: Path, report: "BuildReport") -> Iterator[str]:
    """What to do next."""
    if report.rejected:
        yield f"{report.rejected} inputs were rejected; {path / 'rejected.jsonl'} says which, why and what to do"
    if report.unread:
        yield f"{report.unread} known files were read by nobody; {path / 'rejected.jsonl'} lists them (kind: unread)"
    if report.outdated:
        yield f"{report.outdated} cases say something new: what was written about them is out of date and was left out"
        yield f"write it again, as with: lexiscope write conversations {path}"
    if report.unsplit:
        yield f"{report.unsplit} cases have no split, as others do; deal them out with: lexiscope corpus split {path}"
    for old, new in report.unnamed.items():
        yield f"some masks are named {old!r}, as others were before they were named {new!r}; if they show the same:"
        yield f"lexiscope write instructions {path} --structure {shlex.quote(f'{new}={old}')}"


def flat(value: Any) -> str:
    """A value in one cell of a table.

    Example:
        >>> flat({"train": {"cases": 3, "groups": 2}})
        'train cases 3, groups 2'
    """
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{name} {flat(inner)}" for name, inner in value.items())
