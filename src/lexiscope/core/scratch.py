"""`part_beside`: a hidden file or folder for what is being made; what a killed process left goes with the next."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing tells the part of a living process from a dead one's, and all of them stay
    fcntl = None  # type: ignore[assignment]

_MOST = 64  # processes that make the same thing at once
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_OF_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_OF_FILE = os.O_RDWR | os.O_CREAT | _NO_LINK


@contextmanager
def part_beside(path: Path, *, folder: bool = False) -> Iterator[Path]:
    """An empty file beside `path` that is to be moved there in the block; it vanishes where it was not.

    Processes that make the same thing have a part each, which a lock says is in use as long as its process lives. So
    the part of a killed one is known by its name and its lock, whatever the clocks say, and the next process that makes
    the same thing takes it over.

    Args:
        path: Place of what is made; its folder exists.
        folder: Give an empty folder in place of a file.

    Raises:
        OSError: nothing can be written there.

    Example:
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with part_beside(path) as part:
        ...     part.name
        '.a.txt.0.part'
        >>> list(path.parent.iterdir())
        []
    """
    part, lock = _claim(path, folder)
    try:
        yield part
    finally:
        _remove(part, lock)


def _claim(path: Path, folder: bool) -> tuple[Path, int]:
    for number in range(_MOST if fcntl is not None else 0):
        part = _part(path, number)
        try:
            lock = _taken(part, folder)
        except OSError:  # a disk without locks; where nothing can be written at all, the next lines say so
            break
        if lock is not None:
            _remove_dead(path, folder, behind=number)
            return part, lock
    if folder:
        part = Path(tempfile.mkdtemp(".part", f".{path.name}.", path.parent))
        return part, os.open(part, _OF_FOLDER)
    lock, name = tempfile.mkstemp(".part", f".{path.name}.", path.parent)
    return Path(name), lock


def _part(path: Path, number: int) -> Path:
    return path.with_name(f".{path.name}.{number}.part")


def _remove_dead(path: Path, folder: bool, *, behind: int) -> None:
    """Remove what processes left that once made the same thing beside one that still lived."""
    for number in range(behind + 1, _MOST):
        part = _part(path, number)
        if not os.path.lexists(part):
            return
        lock = _taken(part, folder)
        if lock is not None:
            _remove(part, lock)


def _taken(part: Path, folder: bool) -> int | None:
    """Lock of a part, which is empty then; None where a living process has it, or it is a link or something else.

    Raises:
        OSError: it cannot be made, or the disk has no locks.
    """
    while True:
        lock = _opened(part, folder)
        if lock is None:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(part, lock):  # and was not moved or removed just now by its owner
                _empty(part, lock, folder)
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except OSError:
            _remove(part, lock)
            raise
        os.close(lock)


def _opened(part: Path, folder: bool) -> int | None:
    """A part, made where there is none; None where something else has its name."""
    if folder:
        with suppress(FileExistsError):
            part.mkdir(mode=0o700)
    try:
        return os.open(part, _OF_FOLDER if folder else _OF_FILE, 0o600)
    except OSError:
        if part.is_symlink() or (part.exists() and part.is_dir() != folder):
            return None
        raise


def _is_at(part: Path, lock: int) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), part.lstat())
    except FileNotFoundError:
        return False


def _empty(part: Path, lock: int, folder: bool) -> None:
    if not folder:
        os.ftruncate(lock, 0)
        return
    for child in part.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _remove(part: Path, lock: int) -> None:
    """Remove a part that was not moved: one of its name that is there now may be another process's."""
    if _is_at(part, lock):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
    os.close(lock)
