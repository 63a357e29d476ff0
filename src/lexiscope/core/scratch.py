"""`scratch_beside`: a hidden folder beside what is being made; what a killed process left in one goes with the next."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing tells a living process's folder from a dead one's, and all of them stay
    fcntl = None  # type: ignore[assignment]

_MOST = 64  # processes that make the same thing at once
_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def scratch_beside(path: Path) -> Iterator[Path]:
    """An empty folder beside `path`, on the same disk, for what will be moved to `path`; it vanishes with the block.

    Processes that make the same thing have a folder each, which a lock says is in use as long as its process lives. So
    the folder of a killed one is known by its name and its lock, whatever the clocks say, and is removed by the next
    process that makes the same thing.

    Args:
        path: Place of what is made; its folder exists.

    Example:
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with scratch_beside(path) as folder:
        ...     folder.name
        '.a.txt.0.part'
        >>> list(path.parent.iterdir())
        []
    """
    folder, lock = _claim(path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _claim(path: Path) -> tuple[Path, int | None]:
    for number in range(_MOST):
        folder = _folder(path, number)
        lock = _locked(folder, make=True)
        if lock is not None:
            _remove_dead(path, behind=number)
            return folder, lock
    return Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")), None


def _folder(path: Path, number: int) -> Path:
    return path.with_name(f".{path.name}.{number}.part")


def _remove_dead(path: Path, *, behind: int) -> None:
    """Remove what processes left that once made the same thing beside one that still lived."""
    for number in range(behind + 1, _MOST):
        folder = _folder(path, number)
        if not os.path.lexists(folder):
            return
        lock = _locked(folder, make=False)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path, *, make: bool) -> int | None:
    """The lock of an empty folder, or of any that is not to be made; None where it is another's."""
    while fcntl is not None:
        try:
            if make:
                folder.mkdir(mode=0o700, exist_ok=True)
            lock = os.open(folder, _FLAGS)
        except FileNotFoundError:  # its owner was done with it just now
            if make and folder.parent.is_dir():
                continue
            raise
        except OSError:  # a link, or a file of somebody else's
            return None
        if not _take(lock, folder):
            os.close(lock)
            return None
        if not make or not os.listdir(lock):
            return lock
        shutil.rmtree(folder, ignore_errors=True)  # left by a process that died
        os.close(lock)
        if folder.exists():
            return None
    return None


def _take(lock: int, folder: Path) -> bool:
    """True when this process has the lock, and the folder is still the one that the lock belongs to."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(lock), os.stat(folder))
    except OSError:
        return False
