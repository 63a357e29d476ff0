"""`on_disk`: the file of an image, whether it lies in the source or its bytes were made in memory."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lexiscope.sources.draft import Encoded


@contextmanager
def on_disk(origin: Path | Encoded) -> Iterator[Path]:
    """Path of an image file; bytes made by a source lie there only while they are used.

    Example:
        >>> with on_disk(Encoded(b"pixels", ".png")) as path:
        ...     path.read_bytes(), path.suffix
        (b'pixels', '.png')
    """
    if isinstance(origin, Path):
        yield origin
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"image{origin.suffix}"
        path.write_bytes(origin.data)
        yield path
