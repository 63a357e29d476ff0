"""`own_folder`: the folder of a running server, which is gone when it ends; also that of one that was killed."""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "lexiscope-serve-"
_LOCK = ".lock"
_YOUNG_S = 60.0  # its server may not have locked it yet
_HELD: dict[Path, int] = {}


def own_folder(parent: Path | None = None) -> Path:
    """A new folder that nobody else reads; those of servers that are dead are removed.

    Args:
        parent: Where it is made; the folder for temporary files when None.
    """
    parent = parent or Path(tempfile.gettempdir())
    for folder in parent.glob(f"{_PREFIX}*"):
        if _is_left_behind(folder):
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    held = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    _HELD[folder] = held
    return folder


def remove_own(folder: Path) -> None:
    """Remove the folder of a server that ends."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder in _HELD:
        os.close(_HELD.pop(folder))


def _is_left_behind(folder: Path) -> bool:
    """True for a folder of ours whose lock nobody holds."""
    try:
        known = folder.lstat()
        if known.st_uid != os.getuid() or folder.is_symlink() or time.time() - known.st_mtime < _YOUNG_S:
            return False
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False  # just made, or none of ours
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
