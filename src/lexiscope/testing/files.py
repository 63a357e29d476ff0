"""`opened_files`: the files that a piece of work opens, for tests that count loads and not seconds."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_watching: list[list[str]] = []
_installed = False


@contextmanager
def opened_files(*, below: Path | None = None) -> Iterator[list[str]]:
    """The paths that Python opens inside the block, in any thread, filled as it runs.

    Code that is not Python (a database engine) opens files unseen; whatever loads a model or a corpus also reads some
    JSON of it in Python.

    Args:
        below: Folder whose files count; None counts all but modules of Python.

    Example:
        >>> with opened_files() as paths:
        ...     _ = Path(__file__).read_text()
        >>> len(paths)
        1
    """
    _install()
    paths: list[str] = []
    _watching.append(paths)
    try:
        yield paths
    finally:
        _watching.remove(paths)
        paths[:] = [path for path in paths if _counts(path, below)]


def _counts(path: str, below: Path | None) -> bool:
    if below is not None:
        return Path(path).absolute().is_relative_to(below.absolute())
    return not path.endswith((".pyc", ".py", ".so")) or path == __file__


def _install() -> None:
    """One hook for the whole process, as Python cannot take one away; it does nothing outside the block."""
    global _installed
    if not _installed:
        sys.addaudithook(_note)
        _installed = True


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        for paths in _watching:
            paths.append(os.fsdecode(arguments[0]))
