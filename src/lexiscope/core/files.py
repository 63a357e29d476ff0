"""Safe files: whole or absent, never half-written; hashed by content; locked against a second writer."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lexiscope.core.errors import LexiscopeError
from lexiscope.core.regular import open_regular
from lexiscope.core.scratch import part_beside

_CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """SHA-256 of a regular file's bytes, 64 hex digits, read in chunks.

    Raises:
        IrregularFileError: it is a pipe, socket, device or folder.
        OSError: nothing is there, or it may not be read.
    """
    digest = hashlib.sha256()
    with open_regular(path) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_json(value: Any) -> str:
    """SHA-256 of a value's canonical JSON: keys sorted, no white space.

    Example:
        >>> sha256_json({"b": 1, "a": 2}) == sha256_json({"a": 2, "b": 1})
        True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well it is flushed to disk and renamed over `path`.

    A block that raises, or a process that dies, leaves `path` as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with part_beside(path) as part:
        yield part
        _flush(part)
        part.chmod(0o644)
        part.replace(path)


@contextmanager
def new_directory(out: Path) -> Iterator[Path]:
    """A directory that becomes `out` when the block ends well, and vanishes otherwise.

    Two processes never make the same one: each works in a folder of its own, and the second is refused.

    Raises:
        LexiscopeError: another process is making it, or it came into being meanwhile.

    Example:
        >>> import tempfile
        >>> out = Path(tempfile.mkdtemp()) / "out"
        >>> with new_directory(out) as folder:
        ...     write_text(folder / "a.txt", "whole")
        >>> (out / "a.txt").read_text()
        'whole'
    """
    with publishing(out), part_beside(out, folder=True) as part:
        yield part
        part.chmod(0o755)
        _publish(part, out)


@contextmanager
def publishing(out: Path) -> Iterator[None]:
    """Be the only process that makes `out` while the block runs.

    Raises:
        LexiscopeError: another process is making it.

    Example:
        >>> import tempfile
        >>> out = Path(tempfile.mkdtemp()) / "out.parquet"
        >>> with publishing(out):
        ...     write_text(out, "whole")
        >>> [file.name for file in out.parent.iterdir()]
        ['out.parquet']
    """
    lock = out.with_name(f".{out.name}.lock")
    with exclusive(lock, what=str(out)):
        try:
            yield
        finally:
            with suppress(OSError):  # no system lets go of an open file as easily as Linux
                lock.unlink()


def _publish(part: Path, out: Path) -> None:
    try:
        part.replace(out)
    except OSError as error:
        if not os.path.lexists(out):
            raise
        raise LexiscopeError(f"{out} came into being while it was made; name a new place, or remove it") from error


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with write_beside(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all, for people to read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.json"
        >>> write_json(path, {"grains": 3})
        >>> json.loads(path.read_text())
        {'grains': 3}
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def exclusive(path: Path, *, what: str, wait: float = 0) -> Iterator[None]:
    """Hold a lock file while the block runs, so that one process writes at a time. The lock dies with the process.

    Args:
        path: The lock file.
        what: What is written, for the message.
        wait: Seconds for which another process may go on; 0 waits for nobody.

    Raises:
        LexiscopeError: another process holds it, or the place cannot be written.

    Example:
        >>> import tempfile
        >>> lock = Path(tempfile.mkdtemp()) / ".lock"
        >>> with exclusive(lock, what="corpus visits"):
        ...     lock.is_file()
        True
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait, poll_interval=0.01)
    except Timeout as error:
        msg = f"{what} is being written by another process; wait for it to end, or stop it, then run again"
        raise LexiscopeError(msg) from error
    except OSError as error:  # a read-only place, or a link where the lock belongs
        msg = f"{what} cannot be written ({error}); make the place writable, or write a copy of it elsewhere"
        raise LexiscopeError(msg) from error
    try:
        yield
    finally:
        lock.release()


def flush_to_disk(path: Path) -> None:
    """Wait until a file and its name in its folder are on the disk, so that a power cut loses neither.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> write_text(path, "kept")
        >>> flush_to_disk(path)
    """
    _flush(path)
    if not hasattr(os, "O_DIRECTORY"):  # Windows opens no folders, and keeps names with their files
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
