"""`open_regular`: files on a disk, opened only where they are files; a pipe would hang and a device never end."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from lexiscope.core.errors import IrregularFileError

# A pipe opened without waiting comes back at once, where one was put in the file's place after it was looked at.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path) -> BinaryIO:
    """A regular file, open for reading bytes; links are followed.

    Raises:
        IrregularFileError: it is a folder, pipe, socket or device, or a link to one.
        OSError: nothing is there, or it may not be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> path.write_text("four")
        4
        >>> with open_regular(path) as stream:
        ...     stream.read()
        b'four'
    """
    require_regular(path, path.stat().st_mode)
    handle = os.open(path, _FLAGS)
    try:
        require_regular(path, os.fstat(handle).st_mode)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path) -> bytes:
    """All bytes of a regular file.

    Raises:
        IrregularFileError: it is a folder, pipe, socket or device, or a link to one.
        OSError: nothing is there, or it may not be read.
    """
    with open_regular(path) as stream:
        return stream.read()


def require_regular(path: Path, mode: int) -> None:
    """Refuse what is no file.

    Args:
        path: Its path, for the message.
        mode: Mode of its status, as `Path.stat` gives it.

    Raises:
        IrregularFileError: it is a folder, pipe, socket or device.

    Example:
        >>> require_regular(Path("a.txt"), Path(__file__).stat().st_mode)
    """
    if stat.S_ISREG(mode):
        return
    kind = next((name for test, name in _KINDS if test(mode)), "no file")
    raise IrregularFileError(f"expected a regular file at {path}, got {kind}; put a file in its place or remove it")


_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
