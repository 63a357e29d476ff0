"""Output of the verbs: one JSON document on stdout, or a table for people; everything else goes to stderr.

Of several processes that train together (torchrun) one speaks.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lexiscope.core.plain import json_text, plain

_people = Console()
_progress = Console(stderr=True)


def is_main_process() -> bool:
    """True in the process that speaks: the only one, or the first of several."""
    return os.environ.get("RANK", "0") == "0"


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    if is_main_process():
        print(json_text(value, default=str))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table for people on stdout."""
    if not is_main_process():
        return
    # Text, not str: a caption such as "[/b]" is shown as it is and never read as rich's markup.
    table = Table(header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(str(cell))) for cell in row))
    _people.print(Text(plain(title), style="italic"), soft_wrap=True)
    _people.print(table)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on stdout, however long, their control characters written out."""
    if is_main_process():
        for line in lines:
            print(plain(line))


def say(message: str) -> None:
    """Print one line for people on stderr, so that stdout stays clean."""
    if is_main_process():
        _progress.print(plain(message), highlight=False, markup=False, soft_wrap=True)
