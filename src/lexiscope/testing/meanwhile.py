"""`meanwhile`: something is done to a file at the moment when another file, or the same one, is opened for reading."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(slots=True)
class Openings:
    """Times that a file was opened for reading while a block ran.

    Args:
        path: The file.
        count: Times so far.
    """

    path: Path
    count: int = 0


_watching: list[tuple[Openings, int, Callable[[Path], object]]] = []


@contextmanager
def meanwhile(path: Path, change: Callable[[Path], object] = Path.exists, *, at: int = 1) -> Iterator[Openings]:
    """Run a block in which a file is changed just before it is opened for the n-th time.

    Files that a library opens without Python are not seen.

    Args:
        path: The file.
        change: What is done to it, such as `Path.unlink`; nothing by default.
        at: Number of the opening, from 1.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> path.write_text("four")
        4
        >>> with meanwhile(path, lambda path: path.write_text("seven"), at=2) as opened:
        ...     path.read_text(), path.read_text()
        ('four', 'seven')
        >>> opened.count
        2
    """
    _listen()
    openings = Openings(path.absolute())
    _watching.append((openings, at, change))
    try:
        yield openings
    finally:
        _watching.clear()


@cache
def _listen() -> None:
    """Once for the process, as hooks cannot be taken away."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not _watching or (isinstance(arguments[2], int) and arguments[2] & _WRITES):
        return
    openings, at, change = _watching[0]
    if not isinstance(arguments[0], str | os.PathLike) or os.path.abspath(arguments[0]) != str(openings.path):  # noqa: PTH100
        return
    openings.count += 1
    if openings.count == at:
        watching, _watching[:] = _watching[:], []  # what it opens itself is not counted
        change(openings.path)
        _watching[:] = watching
