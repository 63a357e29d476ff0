"""Input files that others may still be writing: opened or refused with a reason, and the same at the end as before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lexiscope.core.errors import IrregularFileError, SourceError
from lexiscope.core.regular import open_regular

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileState:
    """State of a file, which is another one when something was written to it or another file took its place.

    Times are compared, never subtracted or ordered, so that a clock that jumps changes nothing.

    Args:
        file: Number of the file on its disk.
        size: Bytes.
        modified: Time of the last write in nanoseconds.
    """

    file: int
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """State of a file now.

        Raises:
            SourceError: it is gone, or may not be looked at.
        """
        try:
            status = path.stat()
        except OSError as error:
            raise cannot_read(path, error) from error
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)

    def require(self, path: Path) -> None:
        """Refuse a file that is in another state.

        Raises:
            SourceError: it changed, or is gone.
        """
        if FileState.of(path) != self:
            raise changed(path)


@contextmanager
def steady(path: Path) -> Iterator[None]:
    """Read a file in several steps, all of the same bytes; what fails because it was changed is told as that.

    Raises:
        SourceError: it was changed or removed while the block ran.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> path.write_text("four")
        4
        >>> with steady(path):
        ...     path.write_text("seven")
        Traceback (most recent call last):
        lexiscope.core.errors.SourceError: a.txt changed while it was read
    """
    before = FileState.of(path)
    try:
        yield
    except Exception:
        before.require(path)
        raise
    before.require(path)


def open_input(path: Path) -> BinaryIO:
    """A regular file, open for reading bytes, as `open_regular`.

    Raises:
        SourceError: it is no file, may not be read, or is gone.
    """
    try:
        return open_regular(path)
    except OSError as error:
        raise cannot_read(path, error) from error


def read_input(path: Path) -> bytes:
    """All bytes of a regular file.

    Raises:
        SourceError: it is no file, cannot be read, or is gone.
    """
    return b"".join(chunks_of(path))


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a regular file, a mebibyte at a time.

    Raises:
        SourceError: it is no file, cannot be read, or is gone.
    """
    with open_input(path) as stream:
        while chunk := _next_chunk(path, stream):
            yield chunk


def cannot_read(path: Path, error: OSError) -> SourceError:
    """Error about a file that the system does not let one read.

    Example:
        >>> str(cannot_read(Path("a.png"), PermissionError(13, "Permission denied")))
        'a.png cannot be read: Permission denied'
    """
    if isinstance(error, IrregularFileError):
        return SourceError(str(error), remedy="name a file")
    if isinstance(error, FileNotFoundError):
        return SourceError(
            f"{path.name} cannot be read: it is not there, or no longer", remedy="put it back, then run again"
        )
    return SourceError(f"{path.name} cannot be read: {error.strerror or error}", remedy="check its disk and rights")


def changed(path: Path) -> SourceError:
    """Error about a file that was written to while it was read."""
    return SourceError(f"{path.name} changed while it was read", remedy="run again when nothing writes to it")


def _next_chunk(path: Path, stream: BinaryIO) -> bytes:
    try:
        return stream.read(_CHUNK)
    except OSError as error:
        raise cannot_read(path, error) from error
