"""Progress of long work, always on stderr: a bar in a terminal, now and then a plain line anywhere else."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lexiscope.cli.output import is_main_process, say
from lexiscope.core.progress import Progress

_SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Give the callback that library functions call as (done, total or None, what).

    Of several processes that train together one shows it; the others get None.
    """
    if not is_main_process():
        yield None
    elif sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _lines()


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(done: int, total: int | None, what: str) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def _lines() -> Progress:
    last = time.monotonic()

    def show(done: int, total: int | None, what: str) -> None:
        nonlocal last
        if time.monotonic() - last < _SECONDS_BETWEEN_LINES:
            return
        last = time.monotonic()
        say(f"{what}: {done}" if total is None else f"{what}: {done} of {total}")

    return show
