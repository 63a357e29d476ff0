"""`open_unzipped`: the bytes of a file, without the gzip that may lie around them."""

import gzip
from pathlib import Path
from typing import IO

from lexiscope.sources.steady import open_input

_GZIP = b"\x1f\x8b"


def open_unzipped(path: Path) -> IO[bytes]:
    """A regular file, open for reading bytes, decompressed while reading where it is compressed.

    Raises:
        SourceError: it is no file, may not be read, or is gone.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.nii.gz"
        >>> path.write_bytes(gzip.compress(b"four"))
        24
        >>> with open_unzipped(path) as stream:
        ...     stream.read()
        b'four'
    """
    stream = open_input(path)
    compressed = stream.read(2) == _GZIP
    stream.seek(0)
    if not compressed:
        return stream
    unzipped = gzip.GzipFile(fileobj=stream)
    unzipped.myfileobj = stream  # type: ignore[assignment]  # closed with it, as it closes a file that it opened
    return unzipped  # type: ignore[return-value]
